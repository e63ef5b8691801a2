"""The stream: statements as server-sent events, as they become known, to whoever may read them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async

from lapwing.desk import subjects
from lapwing.desk.accounts.models import Token
from lapwing.desk.guard import may
from lapwing.desk.moments.models import Moment, Statement
from lapwing.desk.moments.reading import within

MEDIA_TYPE = "text/event-stream"
LOOK = 1.0
"""Seconds between looks for what is new."""
SIGN_OF_LIFE = 15
"""Looks without anything new after which a comment is sent, so that a broken connection is noticed."""
AT_ONCE = 50


async def statements(token: Token, purpose: str, after: int | None) -> AsyncIterator[str]:
    """Statements after a number, or from now on, until the token ends or its person may read no more."""
    yield "retry: 2000\n\n"
    last = await sync_to_async(_newest)() if after is None else after
    quiet = 0
    while True:
        found = await sync_to_async(_new)(token.pk, purpose, last)
        if found is None:
            yield "event: end\ndata: this token may read no more\n\n"
            return
        last, lines = found
        for line in lines:
            yield line
        quiet = 0 if lines else quiet + 1
        if quiet >= SIGN_OF_LIFE:
            quiet = 0
            yield ": still here\n\n"
        await asyncio.sleep(LOOK)


def _newest() -> int:
    return Statement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _new(token_id: int, purpose: str, last: int) -> tuple[int, list[str]] | None:
    """The last statement looked at, and those since the last one that may be read; None when nothing may."""
    from lapwing.desk.api.moments import give

    found = list(Statement.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE])
    token = Token.objects.select_related("person").filter(pk=token_id).first()
    if token is None or not token.live or not may(token.person, "moment.list"):
        return None
    if not found:
        return last, []
    ids = {statement.moment_id for statement in found}
    readable = subjects.within(
        token.person, purpose, why="over the interface, as it is stated", detail={"token": token.pk}
    )
    shown = {
        moment.pk: moment for moment in within(Moment.objects.filter(pk__in=ids), readable).defer("exhibit")
    }
    give(token, list(shown.values()))
    return found[-1].pk, [_event(statement) for statement in found if statement.moment_id in shown]


def _event(statement: Statement) -> str:
    data: dict[str, Any] = {
        "statement": statement.pk,
        "known": statement.known.isoformat(),
        "moment": statement.line,
    }
    return f"id: {statement.pk}\nevent: statement\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
