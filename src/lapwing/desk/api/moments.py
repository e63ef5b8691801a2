"""Moments out: one by one, in lists, and as a stream of what is stated."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Path, Query, Router, Schema

from lapwing.desk import moments as desk_moments
from lapwing.desk import subjects
from lapwing.desk.accounts.models import Person, Token
from lapwing.desk.api.problem import Problem, ProblemDetails
from lapwing.desk.api.scope import Scoped, token_of
from lapwing.desk.api.stream import MEDIA_TYPE, statements
from lapwing.desk.guard import require
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.moments.models import Disclosure, Moment
from lapwing.desk.moments.moment import LONGEST_ID
from lapwing.desk.moments.reading import reading, within
from lapwing.desk.subjects.looking import OVERSIGHT

DEFAULT_ROWS, MOST_ROWS = 20, 100

router = Router(tags=["moments"])

Purpose = Annotated[
    str,
    Query(
        description="What this is read for: the name of a purpose, such as `prevent`, under which a mandate was"
        " given. For an overseer it is always oversight.",
        max_length=40,
    ),
]
MomentId = Annotated[str, Path(description="The id of a moment.", min_length=1, max_length=LONGEST_ID)]
PLACE = 2**63 - 1


class MomentOut(Schema):
    """A moment as it stands."""

    id: str
    status: str = Field(
        description="Where the work on it stands: new, assessed, proposed, decided, closed, merged."
    )
    known: datetime = Field(description="When it was first stated to the desk.")
    stated: datetime = Field(description="When it was last stated.")
    due: datetime | None = Field(description="By when somebody is to look at it.")
    moment: dict[str, Any] = Field(description="As a line of `moments.jsonl`.")


class MomentsOut(Schema):
    """A page of moments, in the order of their ids."""

    moments: list[MomentOut]
    next: str | None = Field(description="Ask again with this as `after` for the next page; null at the end.")


@router.get(
    "",
    auth=Scoped("moments.read"),
    response={200: MomentsOut, (401, 403, 422): ProblemDetails},
    operation_id="list_moments",
    summary="List moments",
)
def list_moments(
    request: HttpRequest,
    purpose: Purpose,
    after: Annotated[
        str, Query(description="The id after which the page begins.", max_length=LONGEST_ID)
    ] = "",
    since: Annotated[
        datetime | None, Query(description="Only what was stated at this time or later.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = DEFAULT_ROWS,
) -> MomentsOut:
    """The moments all of whose subjects a mandate in force covers for the purpose."""
    person, token = person_of(request), token_of(request)
    require(person, "moment.list")
    _checked(person, purpose)
    readable = subjects.within(
        person, purpose, why="over the interface", detail={"after": after, "token": token.pk}
    )
    found = within(Moment.objects.filter(pk__gt=after), readable)
    if since is not None:
        if since.tzinfo is None:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "request",
                "since has no offset from UTC: write it like 2026-01-31T12:00:00Z.",
            )
        found = found.filter(stated__gte=since)
    page = list(found.defer("exhibit").order_by("pk")[: limit + 1])
    shown = page[:limit]
    give(token, shown)
    return MomentsOut(moments=[told(one) for one in shown], next=shown[-1].pk if len(page) > limit else None)


@router.get(
    "/stream",
    auth=Scoped("moments.read"),
    response={200: str, (401, 403, 422): ProblemDetails},
    operation_id="stream_statements",
    summary="Follow what is stated",
    openapi_extra={
        "responses": {
            200: {
                "description": "Server-sent events.",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            }
        }
    },
)
def stream(
    request: HttpRequest,
    purpose: Purpose,
    after: Annotated[
        int | None, Query(description="The number of the statement after which it begins.", ge=0, le=PLACE)
    ] = None,
) -> StreamingHttpResponse:
    """Every statement as it is made, as server-sent events named `statement`, whose data are a statement's number,
    the time it was known, and the moment as a line of `moments.jsonl`.

    It begins after the statement that `after` or the header `Last-Event-ID` names, and otherwise now.
    """
    person, token = person_of(request), token_of(request)
    require(person, "moment.list")
    _checked(person, purpose)
    last = request.headers.get("Last-Event-ID", "")
    if after is None and last.isdecimal() and int(last) <= PLACE:
        after = int(last)
    response = StreamingHttpResponse(statements(token, purpose, after), content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@router.get(
    "/{moment_id}",
    auth=Scoped("moments.read"),
    response={200: MomentOut, (401, 403, 404, 422): ProblemDetails},
    operation_id="get_moment",
    summary="Read a moment",
)
def get_moment(request: HttpRequest, moment_id: MomentId, purpose: Purpose) -> MomentOut:
    """A moment all of whose subjects a mandate in force covers for the purpose."""
    moment = readable_moment(request, moment_id, purpose, "moment.look")
    give(token_of(request), [moment])
    return told(moment)


def readable_moment(request: HttpRequest, moment_id: str, purpose: str, action: str) -> Moment:
    """The moment, when whoever asks may do this to it now; the look is recorded.

    Raises :class:`Problem` when there is none, and :class:`~lapwing.desk.guard.Refused`.
    """
    person = person_of(request)
    # Who may read no moment at all does not learn which there are either.
    require(person, "moment.list")
    _checked(person, purpose)
    moment = Moment.objects.filter(pk=moment_id).first() if "\x00" not in moment_id else None
    if moment is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "There is no moment of this id.")
    require(person, action, reading(person, purpose, moment, why="over the interface"))
    return moment


def give(token: Token, moments: list[Moment]) -> None:
    """Note who receives these moments, so that corrections reach them; once for each."""
    recipient = f"{token.person.pseudonym}, {token.name}"
    had = set(
        Disclosure.objects.filter(
            recipient=recipient, moment__in=[moment.pk for moment in moments]
        ).values_list("moment_id", flat=True)
    )
    with transaction.atomic():
        for moment in moments:
            if moment.pk not in had:
                desk_moments.disclosed(
                    moment, recipient, what="moment over the interface", why="asked for with a token"
                )


def told(moment: Moment) -> MomentOut:
    """A moment as it is answered."""
    return MomentOut(
        id=moment.pk,
        status=moment.status,
        known=moment.known,
        stated=moment.stated,
        due=moment.due,
        moment=moment.line,
    )


def person_of(request: HttpRequest) -> Person:
    """Whom the token acts for."""
    return token_of(request).person


def _checked(person: Person, purpose: str) -> None:
    if purpose not in grounds().purposes and not (purpose == OVERSIGHT and person.has_role("overseer")):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "purpose",
            f"There is no such purpose; it is one of {', '.join(grounds().purposes)}.",
        )
