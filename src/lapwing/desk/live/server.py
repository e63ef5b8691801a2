"""The server: pages, the interface and the supervisor of the watch, in one process."""

from __future__ import annotations

import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, cast

import uvicorn
from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application

from lapwing.desk.intake.posted import LARGEST
from lapwing.desk.live.supervisor import Supervisor

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

EVENTS = "/api/events"
LARGEST_PAGE = 12 << 20
"""Bytes that a request may have that is no post of events."""
PATIENCE = 3
"""Seconds that open connections have to end when the server does; streams never end by themselves."""


class _TooLargeError(Exception):
    """A request that goes on and on."""


class Desk:
    """The ASGI application: Django's, with a limit to what is read, and the supervisor for as long as it runs."""

    def __init__(self, pages: Application, supervisor: Supervisor) -> None:
        self._pages = pages
        self._supervisor = supervisor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._supervisor.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await sync_to_async(self._supervisor.close, thread_sensitive=False)()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Django answer, unless the request is too large: what nobody will read is not received either."""
        limit = LARGEST if scope["path"] == EVENTS else LARGEST_PAGE
        received = 0
        begun = False

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        try:
            if length.isdigit() and int(length) > limit:
                raise _TooLargeError
            await self._pages(scope, limited, noted)
        except _TooLargeError:
            if begun:
                raise
            await _refuse(send, limit)


async def _refuse(send: Send, limit: int) -> None:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    body = json.dumps(
        {
            "type": "urn:lapwing:problem:too-large",
            "title": status.phrase,
            "status": int(status),
            "detail": f"A request like this has at most {limit >> 20} MiB. Cut it and send the parts one by one.",
        }
    ).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def application() -> Desk:
    """The application of a desk that has been started (:func:`lapwing.desk.project.start.start`)."""
    return Desk(cast(Application, get_asgi_application()), Supervisor())


def serve(host: str, port: int, ready: Callable[[], None], listening: socket.socket | None = None) -> None:
    """Serve until interrupted, at a socket that listens already if one is given; ``ready`` is called once requests
    are answered.
    """

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[Any] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                ready()

    configuration = uvicorn.Config(
        application(),
        host=host,
        port=port,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    Server(configuration).run(sockets=None if listening is None else [listening])
