"""The engine of these tests is a stand-in, unless a test asks for the real one."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine

from lapwing.watch import run


@pytest.fixture(autouse=True)
def stand_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in where the run finds its engine."""
    if "real_engine" not in request.fixturenames:
        monkeypatch.setattr(run, "Engine", FakeEngine)


@pytest.fixture
def real_engine() -> None:
    """Leave the engine that is."""
