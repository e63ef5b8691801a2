"""The supervisor keeps the watch running, halts it within a second when the machine is stopped, and starts it again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from lapwing.desk.live import supervisor as module
from lapwing.desk.live.supervisor import Supervisor

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that stand in for the watch, in the order in which they were started."""
    made: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(_: object, **options: object) -> subprocess.Popen[bytes]:
        made.append(real(SLEEPER, **options))  # type: ignore[call-overload]
        return made[-1]

    monkeypatch.setattr(module.subprocess, "Popen", start)
    return made


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    answer = [False]
    monkeypatch.setattr(module, "warm", lambda: None)
    monkeypatch.setattr(module.oversight, "stopped", lambda: answer[0])
    return answer


@pytest.fixture
def running(
    started: list[subprocess.Popen[bytes]], stopped: list[bool], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Supervisor]:
    for other in ("settle", "_forget"):
        monkeypatch.setattr(module, other, lambda: None)
    monkeypatch.setattr(module.courier, "carry", lambda: None)
    monkeypatch.setattr(module.checkpointing, "make_due", lambda: None)
    monkeypatch.setattr(module, "FIRST_WAIT", 0.05)
    supervisor = Supervisor()
    supervisor.start()
    yield supervisor
    supervisor.close()
    assert all(process.poll() is not None for process in started)


def within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return False


def test_the_stop_halts_the_watch_within_a_second_and_it_starts_again_after(
    running: Supervisor, started: list[subprocess.Popen[bytes]], stopped: list[bool]
) -> None:
    assert within(3, lambda: len(started) == 1)
    stopped[0] = True
    assert within(1, lambda: started[0].poll() is not None)
    time.sleep(2 * module.LOOK)
    assert len(started) == 1
    stopped[0] = False
    assert within(3, lambda: len(started) == 2)
    assert started[1].poll() is None


def test_a_watch_that_ends_by_itself_is_started_again(
    running: Supervisor, started: list[subprocess.Popen[bytes]]
) -> None:
    assert within(3, lambda: len(started) == 1)
    started[0].kill()
    assert within(3, lambda: len(started) == 2)


def test_a_fault_of_one_duty_keeps_none_of_the_others_back(
    started: list[subprocess.Popen[bytes]], stopped: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("no")

    for name in ("settle", "_forget"):
        monkeypatch.setattr(module, name, broken)
    monkeypatch.setattr(module.courier, "carry", broken)
    monkeypatch.setattr(module.checkpointing, "make_due", broken)
    supervisor = Supervisor()
    supervisor.start()
    assert within(3, lambda: len(started) == 1)
    stopped[0] = True
    assert within(1, lambda: started[0].poll() is not None)
    supervisor.close()
