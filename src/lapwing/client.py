"""A client for one's own desk: hands events in, and reads moments out.

It talks to the one desk whose address it is given, and to nothing else: it follows no redirection, and fetches
nothing from anywhere else. It needs the extra ``lapwing[desk]``.

>>> desk = Desk("https://desk.example.org", token="lapwing_…")                       # doctest: +SKIP
>>> desk.add_events([{"time": "2026-01-31T12:00:00Z", "subject": "lark-204",
...                   "kind": "share", "context": "link:https://example.org", "id": "a-1"}])  # doctest: +SKIP
Receipt(accepted=1, repeated=0, background=0, faults=())
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import random
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

AT_ONCE = 5_000
"""Events that are sent in one post."""
ATTEMPTS = 6
"""How often a request is tried while the desk cannot be reached or is busy."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds between attempts: doubled each time, with some chance in it."""
TIMEOUT = 60.0
"""Seconds that an answer may take."""
TOLERANCE = 300
"""Seconds that a signature may be old: what was recorded is not played back later."""

Event = Mapping[str, Any]


class DeskError(Exception):
    """The desk said no, or cannot be reached. ``name`` is the problem's, such as `token`, empty when there is none."""

    def __init__(self, message: str, *, status: int = 0, name: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.name = name


class SignatureError(ValueError):
    """A message that is not from the desk, or was held back on its way."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An event that could not be read, and was set aside."""

    place: int
    """From 0, among the events that were given."""
    reason: str
    column: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of events. Those accepted or repeated are on the desk's disk."""

    accepted: int
    repeated: int
    background: int
    faults: tuple[Fault, ...]
    """Of each post, the first thousand."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on the desk."""

    id: str
    status: str
    known: datetime
    stated: datetime
    due: datetime | None
    moment: Mapping[str, Any]
    """As a line of `moments.jsonl`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A moment as it was stated at one time."""

    number: int
    known: datetime
    moment: Mapping[str, Any]
    """As a line of `moments.jsonl`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about a moment."""

    id: int
    moment: str
    choice: str
    state: str
    reasons: str
    benign: str
    review: datetime | None
    time: datetime
    by: str
    second: str | None
    second_reasons: str


class Desk:
    """A desk, reached over its interface. Close it, or use it as a context.

    ``token`` acts for a person and is bound by what that person may do. Methods raise :class:`DeskError`.
    """

    def __init__(self, url: str, *, token: str, transport: httpx.BaseTransport | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DeskError(f"{url!r} is no address of a desk: give one such as https://desk.example.org")
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise DeskError(
                f"{url!r}: without encryption the token can be read on the way. Give an https:// address."
            )
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/api",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_events(self, events: Iterable[Event]) -> Receipt:
        """Hand events in, some thousand at a time; returns when the desk has them on disk.

        What was not acknowledged is sent again under the same name, so that nothing is taken twice. Times may be
        aware datetimes.
        """
        accepted = repeated = background = start = 0
        faults: list[Fault] = []
        for part in _parts(events):
            told = self._ask(
                "POST",
                "/events",
                content=gzip.compress(b"".join(map(_line, part)), 1),
                headers={
                    "Content-Type": "application/x-ndjson",
                    "Content-Encoding": "gzip",
                    "Idempotency-Key": secrets.token_hex(16),
                },
            )
            accepted += told["accepted"]
            repeated += told["repeated"]
            background += told["background"]
            faults += [
                Fault(start + one["line"] - 1, one["reason"], one["column"], one["value"])
                for one in told["faults"]
            ]
            start += len(part)
        return Receipt(accepted, repeated, background, tuple(faults))

    def moments(self, purpose: str, *, since: datetime | None = None) -> Iterator[Moment]:
        """All moments that may be read for a purpose, in the order of their ids; since a time, those stated then or
        later.
        """
        after: str | None = ""
        while after is not None:
            query = {"purpose": purpose, "after": after, "limit": "100"}
            if since is not None:
                query["since"] = since.isoformat()
            page = self._ask("GET", "/moments", params=query)
            yield from map(_moment, page["moments"])
            after = page["next"]

    def moment(self, id_: str, purpose: str) -> Moment:
        """One moment."""
        return _moment(self._ask("GET", f"/moments/{_quoted(id_)}", params={"purpose": purpose}))

    def statements(self, purpose: str, *, after: int | None = None) -> Iterator[Statement]:
        """What is stated, as it is stated, without end; from after a statement, or from now on.

        A connection that breaks is taken up again where it broke.
        """
        wait = FIRST_WAIT
        while True:
            query = {"purpose": purpose} | ({} if after is None else {"after": str(after)})
            try:
                with self._http.stream("GET", "/moments/stream", params=query) as response:
                    if response.status_code not in (httpx.codes.OK, *_LATER):
                        response.read()
                        raise _error(response)
                    for name, data in _events(response.iter_lines()):
                        if name == "end":
                            raise DeskError(
                                "The token has ended, or its person may read no more.", name="token"
                            )
                        told = json.loads(data)
                        wait, after = FIRST_WAIT, told["statement"]
                        yield Statement(told["statement"], _time(told["known"]), told["moment"])
            except httpx.TransportError:
                pass
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def decisions(self, moment: str, purpose: str) -> tuple[Decision, ...]:
        """The decisions about a moment, the oldest first."""
        told = self._ask("GET", f"/moments/{_quoted(moment)}/decisions", params={"purpose": purpose})
        return tuple(map(_decision, told))

    def decide(
        self,
        moment: str,
        purpose: str,
        *,
        choice: str,
        reasons: str,
        benign: str,
        review: datetime | None = None,
        recipient: str = "",
    ) -> Decision:
        """Record a decision that the token's person has made, with the innocent explanation they considered."""
        return _decision(
            self._ask(
                "POST",
                f"/moments/{_quoted(moment)}/decisions",
                params={"purpose": purpose},
                json={
                    "choice": choice,
                    "reasons": reasons,
                    "benign": benign,
                    "review": None if review is None else review.isoformat(),
                    "recipient": recipient,
                },
                headers={"Idempotency-Key": secrets.token_hex(16)},
            )
        )

    def audit_log(self, *, words: bool = False) -> Iterator[bytes]:
        """An export of the audit log, line by line, for ``lapwing audit verify``."""
        with self._http.stream("GET", "/audit", params={"words": str(words).lower()}) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                raise _error(response)
            for line in response.iter_lines():
                yield line.encode() + b"\n"

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        """The answer to a request, tried again while the desk cannot be reached or is busy."""
        wait = FIRST_WAIT
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise DeskError(f"{self._http.base_url} cannot be reached: {error}.") from error
            else:
                if response.is_success:
                    return response.json()
                if response.status_code not in _LATER or attempt == ATTEMPTS:
                    raise _error(response)
            time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the attempts of many senders
            wait = min(2 * wait, LONGEST_WAIT)
        raise AssertionError("the last attempt returns or raises")


def verified(secret: str, signature: str, body: bytes, *, now: float | None = None) -> dict[str, Any]:
    """The message of a webhook, when it is from the desk that knows ``secret``.

    ``signature`` is the header `Lapwing-Signature`, ``body`` the bytes as they came, ``now`` seconds since 1970.
    Raises :class:`SignatureError`.
    """
    told = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    stamp, given = told.get("t", ""), told.get("v1", "")
    if not stamp.isdecimal():
        raise SignatureError("The message has no time in its signature: it is not from a desk.")
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), given.encode()):
        raise SignatureError(
            "The signature is not that of this desk: the message was altered, or the secret is another."
        )
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE:
        raise SignatureError(
            "The message was signed more than five minutes from now: it was held back, or a clock is wrong."
        )
    message: dict[str, Any] = json.loads(body)
    return message


_LATER = (429, 502, 503, 504)


def _parts(events: Iterable[Event]) -> Iterator[list[Event]]:
    part: list[Event] = []
    for event in events:
        part.append(event)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _line(event: Event) -> bytes:
    when = event.get("time")
    told = {**event, "time": when.isoformat()} if isinstance(when, datetime) else event
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Server-sent events as name and data."""
    name = ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "", []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def _error(response: httpx.Response) -> DeskError:
    try:
        told = response.json()
        detail, name = str(told["detail"]), str(told["type"]).rpartition(":")[2]
    except (ValueError, KeyError, TypeError):
        detail, name = f"it answered with status {response.status_code}", ""
    return DeskError(f"{response.request.url.path}: {detail}", status=response.status_code, name=name)


def _moment(told: Mapping[str, Any]) -> Moment:
    return Moment(
        told["id"],
        told["status"],
        _time(told["known"]),
        _time(told["stated"]),
        None if told["due"] is None else _time(told["due"]),
        told["moment"],
    )


def _decision(told: Mapping[str, Any]) -> Decision:
    review = None if told["review"] is None else _time(told["review"])
    return Decision(**{**told, "review": review, "time": _time(told["time"])})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _quoted(text: str) -> str:
    return quote(text, safe="")
