"""Decisions, out and in: a person's, in their name, with reasons."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from ninja import Field, Header, Router, Schema, Status

from lapwing.desk.api.models import Answered
from lapwing.desk.api.moments import MomentId, Purpose, person_of, readable_moment
from lapwing.desk.api.problem import Problem, ProblemDetails
from lapwing.desk.api.scope import Scoped, token_of
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT
from lapwing.desk.moments.models import Decision

router = Router(tags=["decisions"])


class DecisionIn(Schema):
    """A decision that its person has made."""

    choice: str = Field(description="What is decided, such as `observe`.", max_length=16)
    reasons: str = Field(min_length=1, max_length=LONGEST_TEXT, pattern=r"\S")
    benign: str = Field(
        description="The innocent explanation that was considered.",
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=r"\S",
    )
    review: datetime | None = Field(None, description="The next review; none for the latest that is allowed.")
    recipient: str = Field(
        "", description="Who receives the data, when it is a referral.", max_length=LONGEST_LINE
    )


class DecisionOut(Schema):
    """A decision."""

    id: int
    moment: str
    choice: str
    state: str = Field(description="`proposed`, `in_force`, `refused` or `withdrawn`.")
    reasons: str
    benign: str
    review: datetime | None
    time: datetime
    by: str = Field(description="The pseudonym of who decided.")
    second: str | None = Field(description="The pseudonym of the second reader.")
    second_reasons: str


@router.get(
    "/{moment_id}/decisions",
    auth=Scoped("moments.read"),
    response={200: list[DecisionOut], (401, 403, 404, 422): ProblemDetails},
    operation_id="list_decisions",
    summary="Read the decisions about a moment",
)
def list_decisions(request: HttpRequest, moment_id: MomentId, purpose: Purpose) -> list[DecisionOut]:
    """All decisions about a moment, the oldest first."""
    moment = readable_moment(request, moment_id, purpose, "moment.look")
    return [_told(decision) for decision in moment.decisions.select_related("by", "second")]


@router.post(
    "/{moment_id}/decisions",
    auth=Scoped("decisions.write"),
    response={201: DecisionOut, (401, 403, 404, 409, 422): ProblemDetails},
    operation_id="add_decision",
    summary="Record a decision",
)
def add_decision(
    request: HttpRequest,
    moment_id: MomentId,
    purpose: Purpose,
    decision: DecisionIn,
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="A name for this decision: sent again under it, it is recorded once.",
            max_length=64,
            pattern=r"^[!-~]*$",
        ),
    ] = "",
) -> Status[DecisionOut]:
    """Record what the person decided. What takes a second reader is proposed, and waits for one on the desk."""
    moment = readable_moment(request, moment_id, purpose, "moment.decide")
    for name in ("reasons", "benign", "recipient"):
        if "\x00" in getattr(decision, name):
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "request",
                f"There is a null byte in {name}. Send it without.",
            )
    if decision.review is not None and decision.review.tzinfo is None:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "request",
            "review has no offset from UTC: write it like 2026-01-31T12:00:00Z.",
        )
    token, asked = token_of(request), f"{moment.pk} {decision.model_dump_json()}"
    try:
        with transaction.atomic():
            known = (
                Answered.objects.filter(token=token, key=idempotency_key).first() if idempotency_key else None
            )
            if known is None:
                made = decide(
                    moment,
                    person_of(request),
                    decision.choice,
                    decision.reasons,
                    decision.benign,
                    review=decision.review,
                    recipient=decision.recipient,
                )
                if idempotency_key:
                    Answered.objects.create(token=token, key=idempotency_key, asked=asked, decision=made)
            elif known.asked != asked:
                raise Problem(
                    HTTPStatus.CONFLICT,
                    "key",
                    "Another decision was sent under this Idempotency-Key. Give each its own.",
                )
            else:
                made = known.decision
    except StepError as error:
        raise Problem(HTTPStatus.CONFLICT, "step", str(error)) from None
    except IntegrityError:
        raise Problem(
            HTTPStatus.CONFLICT,
            "step",
            "The same decision is being recorded just now. Read it, and send it again if need be.",
        ) from None
    return Status(201, _told(made))


def _told(decision: Decision) -> DecisionOut:
    return DecisionOut(
        id=decision.pk,
        moment=decision.moment_id,
        choice=decision.choice,
        state=decision.state,
        reasons=decision.reasons,
        benign=decision.benign,
        review=decision.review,
        time=decision.time,
        by=decision.by.pseudonym,
        second=decision.second.pseudonym if decision.second is not None else None,
        second_reasons=decision.second_reasons,
    )
