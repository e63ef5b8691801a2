"""Events in."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema

from lapwing.desk.api.problem import Problem, ProblemDetails
from lapwing.desk.api.scope import Scoped, token_of
from lapwing.desk.guard import require
from lapwing.desk.intake.journal import JournalError
from lapwing.desk.intake.posted import PostError, TooLargeError
from lapwing.desk.intake.taking import take

MEDIA_TYPES = ("application/x-ndjson", "application/jsonl", "application/json-seq", "text/plain")
"""What a post may call itself; it is read as JSON Lines in any case."""
MOST_TOLD = 1000
"""Lines set aside that are told one by one in an answer."""

router = Router(tags=["events"])


class LineSetAside(Schema):
    """A line that could not be read, and was set aside."""

    line: int = Field(description="Counted from 1.")
    reason: str
    column: str | None = Field(description="Which value is bad; null when the line is no row at all.")
    value: str | None = Field(description="The bad value, cut to 200 characters.")


class Receipt(Schema):
    """What became of a post. All that is accepted or repeated is on disk."""

    accepted: int = Field(description="Rows taken for the first time.")
    repeated: int = Field(description="Rows taken before: the same id, subject, kind and context.")
    background: int = Field(
        description="Of those accepted, rows kept without a subject: none was given, or no mandate covers it."
    )
    set_aside: int = Field(description="Lines that could not be read.")
    faults: list[LineSetAside] = Field(description=f"The first {MOST_TOLD:,} of them, in order.")


@router.post(
    "",
    auth=Scoped("events.write"),
    response={
        200: Receipt,
        (400, 401, 403, 413, 415, 422, 503): ProblemDetails,
    },
    operation_id="add_events",
    summary="Hand in events",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "JSON Lines: one object a line with time, subject (may be null), kind and context, and if"
            " you have them id, circle, source and platform.",
            "content": {
                MEDIA_TYPES[0]: {
                    "schema": {
                        "type": "string",
                        "examples": [
                            '{"time":"2026-01-31T12:00:00Z","subject":"lark-204","kind":"share",'
                            '"context":"link:https://example.org","id":"a-1"}\n'
                        ],
                    }
                }
            },
        }
    },
)
def add_events(
    request: HttpRequest,
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="A name for this post: lines without an id that are sent again under it are taken once.",
            max_length=64,
            pattern=r"^[!-~]*$",
        ),
    ] = "",
) -> Receipt:
    """Take events in. The answer comes when they are on disk, so what was not answered is to be sent again.

    A row is known by its id, subject, kind and context, for 30 days: sent again, it is taken once. A line that
    cannot be read is set aside and told with its number and the reason, and the others are taken. A post with a
    column, kind or sort of context that must not be watched is refused whole. The subject of a row that no mandate
    covers is removed before anything is stored.
    """
    require(request.user, "event.add")
    kind = (request.content_type or "").lower()
    if kind not in MEDIA_TYPES:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            f"Events come as JSON Lines, as {MEDIA_TYPES[0]}; not as {kind or 'something unnamed'}.",
        )
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "encoding",
            f"A post is sent plain or packed by gzip, not {encoding[:40]!r}.",
        )
    try:
        receipt = take(
            request.read,
            packed=encoding == "gzip",
            post=idempotency_key or secrets.token_hex(12),
            token=token_of(request),
        )
    except TooLargeError as error:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", str(error)) from None
    except PostError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "events", str(error)) from None
    except JournalError as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "journal", str(error)) from None
    return Receipt(
        accepted=receipt.taken.accepted,
        repeated=receipt.taken.repeated,
        background=receipt.taken.background,
        set_aside=len(receipt.faults),
        faults=[
            LineSetAside(line=fault.line, reason=fault.reason, column=fault.column, value=_shown(fault.value))
            for fault in receipt.faults[:MOST_TOLD]
        ],
    )


def _shown(value: str | None) -> str | None:
    """A bad value as text that can be written: half a surrogate pair cannot."""
    return None if value is None else value.encode("utf-8", "backslashreplace").decode()
