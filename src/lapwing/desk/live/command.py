"""`lapwing desk`: makes the desk ready, and serves it."""

from __future__ import annotations

import os
from pathlib import Path

from lapwing.desk.project import home
from lapwing.desk.project.start import start

URL = "LAPWING_URL"


def desk(folder: Path | None, host: str, port: int) -> None:
    """Serve the desk of a data folder until interrupted.

    Raises what :func:`lapwing.desk.project.start.start` raises when the desk is not safe to start.
    """
    os.environ.setdefault(URL, f"http://localhost:{port}")
    prepare(folder)
    from django.urls import reverse

    from lapwing.desk.live import first
    from lapwing.desk.live.server import serve

    url = os.environ[URL].rstrip("/")
    link = f"{url}{reverse('live:first', args=[first.key()])}" if first.wanted() else ""

    def ready() -> None:
        print(f"The desk is open: {url} (data in {home.folder()})", flush=True)
        if link:
            print(
                "Nobody has an account yet. This link makes the first administrator; it works once, for a day:\n"
                f"{link}",
                flush=True,
            )

    serve(host, port, ready)


def prepare(folder: Path | None) -> None:
    """Make Django ready on a data folder, and bring its database up to this version."""
    start(folder)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
