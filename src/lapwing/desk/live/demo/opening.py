"""Opening the demonstration: prepared with a progress bar, its people printed once, then served and replayed."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from lapwing.desk.accounts.enrolment import new_password
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.live import server
from lapwing.desk.live.demo import people, preparing
from lapwing.desk.live.demo.replay import Replay

HOST = "127.0.0.1"


def serve(home: Path, port: int, *, prepared: bool) -> None:
    """Prepare the demonstration unless that was done, and serve it until interrupted."""
    password = new_password()
    if prepared:
        people.set_passwords(password)
    else:
        _prepare(home, password)
    replay = Replay(home / preparing.REPLAY)

    def ready() -> None:
        _introduce(port, password)
        replay.start()

    server.serve(HOST, port, ready)


def _prepare(home: Path, password: str) -> None:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(step: preparing.Step) -> None:
            if step.doing not in tasks:
                for task in tasks.values():
                    bars.update(task, completed=1.0)
                tasks[step.doing] = bars.add_task(step.doing, total=1.0)
            bars.update(tasks[step.doing], completed=step.done)

        preparing.prepare(home, password, tell)


def _introduce(port: int, password: str) -> None:
    width = max(map(len, people.PEOPLE))
    print(f"\nThe demonstration is open: http://localhost:{port}\n")
    print(f"Sign in as one of these; the password of all of them is  {password}\n")
    for name, role in people.PEOPLE.items():
        print(f"  {name:{width}}  {ROLES[role].does}")
    print("\nBegin as the analyst: the first page leads on. Ctrl+C ends it.", flush=True)
