"""Opening the demonstration: prepared while its address says how far that is, then its people printed, then served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lapwing.desk.accounts.enrolment import new_password
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.live import server
from lapwing.desk.live.demo import people, preparing
from lapwing.desk.live.demo.replay import Replay
from lapwing.desk.live.demo.step import Step
from lapwing.desk.live.demo.telling import told
from lapwing.desk.live.demo.waiting import Door


def made(home: Path, door: Door, compiled: Callable[[], object], *, prepared: bool) -> str:
    """Prepare the demonstration unless that was done; the password of its people, which is kept nowhere."""
    password = new_password()
    if prepared:
        people.set_passwords(password)
        return password
    with told() as tell:

        def both(step: Step) -> None:
            door.tell(step)
            tell(step)

        preparing.prepare(home, password, both, compiled=compiled)
    return password


def serve(home: Path, door: Door, password: str) -> None:
    """Serve it until interrupted."""
    replay = Replay(home / preparing.REPLAY)

    def ready() -> None:
        _introduce(door.port, password)
        replay.start()

    server.serve(door.host, door.port, ready, door.hand_over())


def _introduce(port: int, password: str) -> None:
    width = max(map(len, people.PEOPLE))
    print(f"\nThe demonstration is open: http://localhost:{port}\n")
    print(f"Sign in as one of these; the password of all of them is  {password}\n")
    for name, role in people.PEOPLE.items():
        print(f"  {name:{width}}  {ROLES[role].does}")
    print("\nBegin as the analyst: the first page leads on. Ctrl+C ends it.", flush=True)
