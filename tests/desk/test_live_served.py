"""A desk that is really served, killed under load, and asked over the network by its own client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lapwing import client as lapwing_client
from lapwing.client import Desk, DeskError
from lapwing.desk.intake.journal import entries

MAKE = """
import sys
from pathlib import Path
from lapwing.desk.live.command import prepare
prepare(Path(sys.argv[1]))
from lapwing.desk.accounts.models import Person, Token
from lapwing.desk.oversight import machine
overseer = Person.objects.create_person("overseer", ["overseer"])
machine.stop(overseer, "No detector is needed here.")
sender = Person.objects.create_person("sender", ["analyst"])
print(Token.objects.make(sender, "sender", ["events.write", "moments.read"], 30)[1])
"""
SERVE = "import sys; from lapwing.cli import main; sys.argv = ['lapwing', 'desk', *sys.argv[1:]]; main()"


@dataclass
class Served:
    """A desk in a process of its own."""

    home: Path
    token: str
    port: int
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Serve, and return once it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "--home", str(self.home), "--port", str(self.port)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=(self.home.parent / "told.log").open("ab"),
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/api/openapi.json", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the desk does not answer")

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served") / "home"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LAPWING_", "DJANGO_"))
    }
    environment |= {"LAPWING_DEMO": "1"}
    made = subprocess.run(
        [sys.executable, "-c", MAKE, str(home)], env=environment, capture_output=True, text=True, check=True
    )
    desk = Served(home, made.stdout.split()[-1], port, environment=environment)
    desk.start()
    yield desk
    if desk.process is not None and desk.process.poll() is None:
        desk.kill(signal.SIGTERM)


def events(sender: int, first: int, count: int) -> list[dict[str, object]]:
    now = datetime.now(UTC)
    return [
        {"time": now, "subject": None, "kind": "share", "context": f"link:{n}", "id": f"{sender}-{n}"}
        for n in range(first, first + count)
    ]


def stored(home: Path) -> list[str]:
    found = entries(home / "journal.sqlite3", 0, 10**9)
    return [id_ for entry in found if entry.sort == "rows" for id_ in entry.rows()["id"].to_pylist()]


def test_killed_under_load_it_loses_none_and_doubles_none(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lapwing_client, "LONGEST_WAIT", 0.5)
    monkeypatch.setattr(lapwing_client, "ATTEMPTS", 200)
    acknowledged: list[list[str]] = [[] for _ in range(3)]
    ending = threading.Event()

    def send(sender: int) -> None:
        at = 0
        with Desk(served.url, token=served.token) as desk:
            while not ending.is_set():
                receipt = desk.add_events(events(sender, at, 5))
                assert receipt.accepted + receipt.repeated == 5
                acknowledged[sender] += [f"{sender}-{n}" for n in range(at, at + 5)]
                at += 5

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(3)]
    for thread in threads:
        thread.start()
    for time_of_kill in range(4):
        more = sum(map(len, acknowledged)) + 60
        deadline = time.monotonic() + 60
        while sum(map(len, acknowledged)) < more and time.monotonic() < deadline:
            time.sleep(0.01)
        if time_of_kill < 3:
            served.kill()
            served.start()
    ending.set()
    for thread in threads:
        thread.join(timeout=60)
    told = [id_ for ids in acknowledged for id_ in ids]
    kept = stored(served.home)
    assert len(told) >= 240
    assert len(kept) == len(set(kept)), "a row was taken twice"
    assert set(told) == set(kept), "a row was lost"


def test_a_client_that_is_not_let_in_says_why(served: Served) -> None:
    with Desk(served.url, token="lapwing_wrong") as desk, pytest.raises(DeskError) as error:
        desk.add_events(events(9, 0, 1))
    assert error.value.name == "token"
    assert error.value.status == 401
    assert "not known here" in str(error.value)


def test_a_client_reads_what_there_is(served: Served) -> None:
    with Desk(served.url, token=served.token) as desk:
        assert list(desk.moments("prevent")) == []
        with pytest.raises(DeskError, match="There is no moment of this id"):
            desk.moment("m none ?", "prevent")


def test_what_nobody_will_read_is_not_received(served: Served) -> None:
    request = urllib.request.Request(
        f"{served.url}/api/events",
        data=b"x",
        method="POST",
        headers={"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {served.token}"},
    )
    request.add_unredirected_header("Content-Length", str(1 << 40))
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=10)
    assert error.value.code == 413
    assert error.value.headers["Content-Type"] == "application/problem+json"


def test_it_ends_in_good_order_and_leaves_no_watch_behind(served: Served) -> None:
    assert served.process is not None
    served.kill(signal.SIGTERM)
    assert served.process.returncode in (0, -signal.SIGTERM)
    served.start()


@pytest.mark.parametrize(
    ("url", "told"),
    [("desk.example.org", "is no address of a desk"), ("http://desk.example.org", "without encryption")],
)
def test_a_client_goes_to_no_address_that_is_not_safe(url: str, told: str) -> None:
    with pytest.raises(DeskError, match=told):
        Desk(url, token="lapwing_x")
