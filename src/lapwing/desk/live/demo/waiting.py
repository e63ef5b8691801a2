"""While the demonstration is prepared: its address answers from the first second on, and says how far it has come."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lapwing.desk.live.demo.step import Step
from lapwing.desk.live.demo.world import ACCOUNTS, PREPARED, WATCHED
from lapwing.report import words

AGAIN = 2
"""Seconds after which the page asks again."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{percent} % · Lapwing</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 38em; margin: 15vh auto; padding: 0 1em }}
progress {{ width: 100% }}
</style>
</head>
<body>
<h1>The demonstration is being prepared</h1>
<p role="status">{doing}: {percent} %</p>
<p><progress max="100" value="{percent}" aria-label="{doing}"></progress></p>
<p>A world of {accounts} made-up accounts is made, {watched} of them are put under mandates, and the first {days} days
are watched. This page leads on by itself when that is done. The password is printed where the demonstration was
started.</p>
</body>
</html>
"""


class Door:
    """The address of the demonstration: first this page answers there, then the desk.

    The socket stays open in between, so that who comes at that moment waits and is not turned away. Raises
    ``OSError`` when something else listens there.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        try:
            self._socket = socket.create_server((host, port), backlog=128)
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"port {port} of {host}") from None
        self._step = Step("setting up the desk", 0.0)
        self._server = _Server(self._socket, self._page)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="lapwing-waiting", daemon=True
        )
        self._thread.start()

    def tell(self, step: Step) -> None:
        """Say from now on that it has come so far."""
        self._step = step

    def hand_over(self) -> socket.socket:
        """Answer no more, and give the socket to whoever does."""
        self._server.shutdown()
        self._thread.join()
        return self._socket

    def _page(self) -> str:
        step = self._step
        return _PAGE.format(
            doing=step.doing.capitalize(),
            percent=int(100 * step.done),
            accounts=words.number(ACCOUNTS),
            watched=words.number(WATCHED),
            days=words.count(int(PREPARED)),
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listening: socket.socket, page: Callable[[], str]) -> None:
        super().__init__(listening.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.page = page


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        content = self.server.page().encode()  # type: ignore[attr-defined]
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Retry-After", str(AGAIN))
        self.send_header("Refresh", str(AGAIN))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so above it
        """Nothing is printed about who looks."""
