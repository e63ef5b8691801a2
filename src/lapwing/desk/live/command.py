"""`lapwing desk` and `lapwing demo`: what opens a desk from the command line."""

from __future__ import annotations

import os
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

DONE = 0
URL = "LAPWING_URL"
LOCAL = "127.0.0.1"


def desk(*, home: Path | None = None, host: str = "127.0.0.1", port: int = 8000) -> int:
    """Open the desk: pages, the interface for machines, and the watch, until interrupted.

    Brings the database up to this version first. On a new desk it prints the link that makes the first
    administrator.

    Parameters
    ----------
    home
        The data folder; without it, LAPWING_HOME, or a folder where your programs keep their data.
    host
        The address to listen at. Others reach the desk through a server in front that speaks HTTPS.
    port
        The port to listen at.
    """
    os.environ.setdefault(URL, f"http://localhost:{port}")
    prepare(home)
    from django.urls import reverse

    from lapwing.desk.live import first
    from lapwing.desk.live.server import serve
    from lapwing.desk.project import home as data

    url = os.environ[URL].rstrip("/")
    link = f"{url}{reverse('live:first', args=[first.key()])}" if first.wanted() else ""

    def ready() -> None:
        print(f"The desk is open: {url} (data in {data.folder()})", flush=True)
        if link:
            print(
                "Nobody has an account yet. This link makes the first administrator; it works once, for a day:\n"
                f"{link}",
                flush=True,
            )

    serve(host, port, ready)
    return DONE


def demo(*, home: Path | None = None, port: int = 8000) -> int:
    """Open a demonstration: a made-up world at the scale of 46,000 accounts, replayed into a desk of its own.

    The first time it makes the world and watches its first days, which takes about a minute on two free processors;
    its address says how far that is. For half a day after that it goes on where it was. Everything in it is made up,
    and it can be reached from this machine only.

    Parameters
    ----------
    home
        The folder of the demonstration; without it, one where your programs keep their data.
    port
        The port to listen at.
    """
    from lapwing.desk import clock
    from lapwing.desk.live.demo import compiling
    from lapwing.desk.live.demo.folder import BACK, chosen, made_ready
    from lapwing.desk.live.demo.waiting import Door

    folder = chosen(home)
    os.environ |= {"LAPWING_DEMO": "1", URL: f"http://localhost:{port}"}
    ready = made_ready(folder)
    door = Door(LOCAL, port)
    with nullcontext(lambda: None) if ready else compiling.beside() as compiled:
        # The log of the demonstration begins when its world does.
        with clock.moved(timedelta() if ready else -BACK):
            prepare(folder)
        from lapwing.desk.live.demo.opening import made, serve

        password = made(folder, door, compiled, prepared=ready)
    serve(folder, door, password)
    return DONE


def prepare(home: Path | None) -> None:
    """Make Django ready on a data folder, and bring its database up to this version, after a backup.

    Raises what :func:`lapwing.desk.project.start.start` and :func:`lapwing.desk.operation.opening.for_serving` raise
    when the desk is not safe to start.
    """
    from lapwing.desk.project.start import start

    start(home)
    from lapwing.desk.operation import opening

    opening.for_serving()
