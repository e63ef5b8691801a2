"""The demonstration: people of every role, mandates, moments in every state, and a replay that stays in the past."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import desk_french
import pyarrow.parquet as pq
import pytest
from django.test import Client

from lapwing.desk import clock, mandates
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.intake import settling, taking
from lapwing.desk.intake.journal import Journal, entries
from lapwing.desk.intake.models import Event
from lapwing.desk.live.demo import compiling, folder, people, preparing, work, world
from lapwing.desk.live.demo.replay import Replay
from lapwing.desk.live.demo.step import Step
from lapwing.desk.live.demo.telling import Lines
from lapwing.desk.live.demo.waiting import Door
from lapwing.desk.moments.models import Decision, Moment
from lapwing.desk.seals import keeping
from lapwing.desk.subjects.models import Subject

SUBJECTS, WATCHED = 3_000, 1_800
OTHER_PAGES = ("/moments/watching/", "/moments/hidden/", "/nowhere/")
LEAST_PAGES = 5


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    journal = Journal(tmp_path / "journal.sqlite3", now=lambda: clock.now().timestamp())
    for module in (taking, settling, preparing):
        monkeypatch.setattr(module, "journal", lambda: journal)
    return tmp_path


@pytest.mark.django_db
def test_what_is_prepared_can_be_worked_on(
    home: Path, client: Client, client_of: Callable[[Person], Client]
) -> None:
    told: list[Step] = []
    preparing.prepare(home, "a-password-of-the-demo", told.append, subjects=SUBJECTS, watched=WATCHED)
    doing = list(dict.fromkeys(step.doing for step in told))
    assert doing[:2] == ["making a world", "giving mandates"]
    # it is compiled beside the watch
    assert set(doing[2:]) == {"compiling what finds moments", "watching the days before"}
    assert told[-1].done == 1.0
    # Everybody is there, and covered; what lies ahead is in the file.
    assert {tuple(person.roles) for person in Person.objects.all()} == {(role,) for role in ROLES}
    assert len(mandates.covered(means="detection")) == WATCHED
    ahead = pq.read_table(home / preparing.REPLAY)["time"].to_numpy()
    assert Event.objects.latest("time").time.timestamp() * 1e6 <= ahead[0]
    assert (
        timedelta(days=0.9)
        < timedelta(microseconds=int(ahead[-1])) - timedelta(seconds=clock.now().timestamp())
        < timedelta(days=1.1)
    )
    assert Moment.objects.exists()
    assert Decision.objects.exists()
    # It opens on a morning like others: nothing is overdue but what fell due in the night.
    assert not Moment.objects.filter(waiting=True, due__lt=clock.now() - work.NIGHT).exists()
    # The log runs forward from the first day on.
    from lapwing.desk.audit.entry import Entry

    times = list(Entry.objects.order_by("number").values_list("time", flat=True))
    assert times == sorted(times)
    # The replay goes on where the preparation ended, through the same door as everybody's events.
    replay = Replay(home / preparing.REPLAY)
    replay._hand_in(2_000)
    rows = [entry.rows() for entry in entries(home / "journal.sqlite3", 0, 10**9) if entry.sort == "rows"]
    assert sum(map(len, rows)) == 2_000
    assert settling.settle() == settling.Settled(0, 0)
    guide(client_of)
    opening_of_a_seal(client_of)
    assert in_french(client_of) == []


def test_english_on_a_page_is_seen_and_data_are_left_alone() -> None:
    page = '<p>Bonjour</p><p title="Open it with care">Nobody<br>was here</p><code>if this</code><b class="id">the</b>'
    assert desk_french.english(page) == ["Open it with care", "Nobody", "was here"]


def in_french(client_of: Callable[[Person], Client]) -> list[str]:
    """The pieces of English on the pages that the people of the demonstration come to, read in French."""
    left = []
    for name in people.PEOPLE:
        client = client_of(Person.objects.get(username=name))
        client.post("/moments/purpose/", {"purpose": "prevent"}, headers={"accept-language": "fr"})
        read = 0
        for address, html in desk_french.pages(client, "/", *OTHER_PAGES):
            read += 1
            left += [f"{name} {address}: {piece}" for piece in desk_french.english(html)]
        assert read > LEAST_PAGES, name
    return left


def guide(client_of: Callable[[Person], Client]) -> None:
    """The guided path leads from a moment to its closing, and can be put away."""
    analyst = client_of(Person.objects.get(username="analyst"))
    analyst.post("/moments/purpose/", {"purpose": "prevent"})
    moment = Moment.objects.filter(status="new").first()
    page = analyst.get("/moments/").content.decode()
    assert "From a moment to its closing" in page
    assert page.count('aria-current="step"') == 1
    assert "State a purpose" in page
    analyst.post("/live/guide/", {"back": "/moments/"})
    assert "From a moment to its closing" not in analyst.get("/moments/").content.decode()
    analyst.post("/live/guide/", {"back": "https://elsewhere.example.org/"})
    assert "From a moment to its closing" in analyst.get("/moments/").content.decode()
    assert moment is None or analyst.get(f"/moments/m/{moment.pk}/").status_code in (200, 403)
    for name in people.PEOPLE:
        page = client_of(Person.objects.get(username=name)).get("/accounts/").content.decode()
        assert 'aria-label="Guide"' in page, name


def opening_of_a_seal(client_of: Callable[[Person], Client]) -> None:
    """Everybody whom a waiting meeting is of has a handle: the analyst asks, the approver decides, it is seen once."""
    analyst = client_of(Person.objects.get(username="analyst"))
    approver = client_of(Person.objects.get(username="approver"))
    members = Moment.objects.filter(waiting=True, type="meeting").values("members")
    pseudonyms = Subject.objects.filter(pk__in=members).values_list("pseudonym", flat=True)
    assert len(pseudonyms) > 1
    assert not [name for name in pseudonyms if keeping.sealed(f"subject:{name}", keeping.HANDLE) is None]
    subject = Subject.objects.filter(pk__in=members)[0]
    asking = f"/seals/ask/{subject.pk}/"
    analyst.post("/moments/purpose/", {"purpose": "prevent"})
    assert asking in analyst.get(f"/subjects/{subject.pk}/").content.decode()
    why = "The club that this account may be of has to be warned today, and knows no pseudonyms."
    cover = subject.covers.get()
    asked = analyst.post(asking, {"mandate": cover.mandate_id, "necessity": why, "minutes": 10})["Location"]
    assert "A request to open a seal waits" in approver.get("/seals/").content.decode()
    approver.post(f"{asked}decide/", {"decision": "approve", "reasons": why})
    shown = analyst.post(f"{asked}open/").content.decode()
    assert re.search(r"account-\d{5}@demo\.invalid", shown)
    assert analyst.post(f"{asked}open/").status_code == 403


def test_the_address_answers_while_the_demonstration_is_prepared() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    door = Door("127.0.0.1", port)
    assert "setting up the desk" in asked(port).lower()
    door.tell(Step("giving mandates", 0.425))
    page = asked(port)
    assert "Giving mandates: 42 %" in page
    assert f"{world.ACCOUNTS:,} made-up accounts is made, {world.WATCHED:,} of them" in page
    assert "Refresh: 2" in page
    assert page.startswith("HTTP/1.0 503")
    with pytest.raises(OSError, match=f"port {port}"):
        Door("127.0.0.1", port)
    # Who comes between the two is not turned away: the connection waits for the desk.
    with door.hand_over() as listening, socket.create_connection(("127.0.0.1", port), timeout=5):
        listening.settimeout(5)
        listening.accept()[0].close()


def asked(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as there:
        there.sendall(b"GET /moments/ HTTP/1.0\r\n\r\n")
        return there.makefile("rb").read().decode()


def test_what_is_done_is_told_line_by_line_where_nobody_looks_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("lapwing.desk.live.demo.telling.time.monotonic", lambda: now[0])
    lines = Lines()
    for now[0], step in (
        (101.0, Step("making a world", 0.0)),
        (108.2, Step("giving mandates", 0.1)),
        (109.0, Step("giving mandates", 0.3)),
        (114.0, Step("giving mandates", 0.8)),
    ):
        lines.tell(step)
    assert capsys.readouterr().err.splitlines() == [
        "   1 s  making a world: 0 %",
        "   8 s  giving mandates: 10 %",
        "  14 s  giving mandates: 80 %",
    ]


def test_what_compiles_beside_ends_with_the_preparation() -> None:
    with compiling.beside() as compiled:
        process = compiled.__self__  # type: ignore[attr-defined]
        assert process.poll() is None
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("part", [0, 1])
def test_who_has_the_least_to_compile_lets_the_others_go_first(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BegunError(Exception):
        pass

    def begun(*_given: object, **_named: object) -> None:
        raise BegunError

    yielded: list[int] = []
    monkeypatch.setattr(compiling.os, "nice", yielded.append)
    monkeypatch.setattr(compiling.gc, "disable", lambda: None)
    monkeypatch.setattr(world, "make", begun)
    with pytest.raises(BegunError):
        compiling.main(tmp_path, part)
    assert yielded == [compiling.YIELDS * part]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(folder.OccupiedError) as error:
        folder.made_ready(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} holds something else than a demonstration, and is left as it is.\n"
        "Name another folder with --home, one that is empty or not there yet."
    )
    assert (tmp_path / "thesis.txt").exists()


def test_a_demonstration_goes_on_for_half_a_day_and_is_then_made_anew(
    tmp_path: Path, later: Callable[[timedelta], None]
) -> None:
    home = tmp_path / "demo"
    assert not folder.made_ready(home)
    assert not folder.made_ready(home), "what an interruption left is made anew"
    (home / folder.PREPARED).write_text(json.dumps({"prepared": clock.now().isoformat()}), "utf-8")
    (home / "desk.sqlite3").touch()
    assert folder.made_ready(home)
    later(folder.FRESH + timedelta(minutes=1))
    assert not folder.made_ready(home)
    assert not (home / "desk.sqlite3").exists()


def test_outside_a_demonstration_there_is_no_guide(client: Client, db: None) -> None:
    assert 'aria-label="Guide"' not in client.get("/accounts/login/").content.decode()


def test_the_people_of_the_demonstration_are_named_by_their_role() -> None:
    assert set(people.PEOPLE.values()) == set(ROLES)
    assert all(name.replace("-", "_") == role for name, role in people.PEOPLE.items())


def test_the_work_that_was_done_uses_what_can_be_decided() -> None:
    from lapwing.desk.moments.vocabulary import vocabulary

    source = Path(work.__file__).read_text("utf-8")
    for choice in ("benign", "observe", "refer"):
        assert choice in vocabulary().choices
        assert f'"{choice}"' in source
