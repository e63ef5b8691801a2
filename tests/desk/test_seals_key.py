"""The seal key: where it comes from, what is refused, and in which words.

Write the golden texts anew with: LAPWING_GOLDEN=write pytest tests/desk/test_seals_key.py
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from lapwing.cli import run
from lapwing.desk.seals import key as seal_key
from lapwing.desk.seals.envelope import Place, open_, seal
from lapwing.desk.seals.error import SealKeyError, SealsError
from lapwing.desk.seals.key import COMMAND, FILE, TEXT, load, make, parse

GOLDEN = Path(__file__).parent / "golden"
GOOD = "2026:" + base64.b64encode(bytes(range(32))).decode()
HERE = Place("subject:lark-204", "handle")
ENVELOPE = seal("@marsh_hen", HERE, {"2026": bytes(range(32))}, "2026")


def key_file(path: Path, content: str = GOOD, mode: int = 0o600) -> dict[str, str]:
    path.write_text(content)
    path.chmod(mode)
    return {FILE: str(path)}


def binary_file(path: Path) -> dict[str, str]:
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    return {FILE: str(path)}


CASES: dict[str, Callable[[Path], object]] = {
    "key-absent": lambda p: load({}),
    "key-empty-variable": lambda p: load({TEXT: ""}),
    "key-twice": lambda p: load({TEXT: GOOD, FILE: str(p / "seal.key")}),
    "key-no-file": lambda p: load({FILE: str(p / "seal.key")}),
    "key-folder": lambda p: load({FILE: str(p)}),
    "key-binary": lambda p: load(binary_file(p / "seal.key")),
    "key-world-readable": lambda p: load(key_file(p / "seal.key", mode=0o644)),
    "key-group-writable": lambda p: load(key_file(p / "seal.key", mode=0o660)),
    "key-no-form": lambda p: load({TEXT: "swordfish"}),
    "key-strange-id": lambda p: load({TEXT: "my key:" + GOOD.split(":")[1]}),
    "key-not-base64": lambda p: load(key_file(p / "seal.key", "2026:swordfish!")),
    "key-too-short": lambda p: load({TEXT: "2026:" + base64.b64encode(b"short").decode()}),
    "key-not-random": lambda p: load({TEXT: "2026:" + base64.b64encode(bytes(32)).decode()}),
    "key-id-twice": lambda p: load(key_file(p / "seal.key", GOOD + "\n" + GOOD)),
    "key-nothing-in-file": lambda p: load(key_file(p / "seal.key", "\n")),
    "key-command-absent": lambda p: load({COMMAND: str(p / "vault")}),
    "key-command-fails": lambda p: load({COMMAND: "sh -c 'echo vault is locked >&2; exit 3'"}),
    "key-command-unbalanced": lambda p: load({COMMAND: "sh -c 'echo"}),
    "key-command-silent": lambda p: load({COMMAND: "true"}),
    "envelope-cut": lambda p: open_(ENVELOPE[:50], HERE, {"2026": bytes(range(32))}),
    "envelope-altered": lambda p: open_(ENVELOPE[:-1] + b"\x00\x00", HERE, {"2026": bytes(range(32))}),
    "envelope-newer": lambda p: open_(b"\x02" + ENVELOPE[1:], HERE, {"2026": bytes(range(32))}),
    "envelope-unknown-key": lambda p: open_(ENVELOPE, HERE, {"2027": bytes(range(32))}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_says_what_is_wrong_where_and_what_next(case: str, tmp_path: Path) -> None:
    with pytest.raises(SealsError) as refused:
        CASES[case](tmp_path)
    said = str(refused.value).replace(str(tmp_path), "DIR") + "\n"
    golden = GOLDEN / f"seals-{case}.txt"
    if os.environ.get("LAPWING_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(said)
    assert said == golden.read_text()
    assert base64.b64encode(bytes(range(32))).decode() not in said


def test_no_golden_text_is_left_over() -> None:
    assert {path.stem.removeprefix("seals-") for path in GOLDEN.glob("seals-*.txt")} == set(CASES)


def test_a_key_comes_from_a_file_the_environment_or_a_command(tmp_path: Path) -> None:
    keys = [load(key_file(tmp_path / "seal.key")), load({TEXT: GOOD}), load({COMMAND: f"echo {GOOD}"})]
    assert all(key.current == "2026" and key.keys == {"2026": bytes(range(32))} for key in keys)


@pytest.mark.parametrize("mode", [0o604, 0o640 | 0o002, 0o620, 0o666, 0o601])
def test_a_key_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SealKeyError, match="by others on this machine"):
        load(key_file(tmp_path / "seal.key", mode=mode))


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640])
def test_a_key_file_of_the_owner_and_its_group_is_taken(tmp_path: Path, mode: int) -> None:
    assert load(key_file(tmp_path / "seal.key", mode=mode)).current == "2026"


def test_a_command_that_waits_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_key, "COMMAND_SECONDS", 0.1)
    with pytest.raises(SealKeyError, match="did not answer"):
        load({COMMAND: "sleep 5"})


def test_a_new_key_goes_above_the_older_ones(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    first = make(path, "2026")
    envelope = seal("@marsh_hen", HERE, first.keys, first.current)
    both = make(path, "2027")
    assert (both.current, list(both.keys)) == ("2027", ["2027", "2026"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load({FILE: str(path)}) == both
    assert open_(envelope, HERE, both.keys) == "@marsh_hen"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_key_never_replaces_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    make(path, "2026")
    before = path.read_text()
    with pytest.raises(SealKeyError, match="stands twice"):
        make(path, "2026")
    assert path.read_text() == before


def test_no_key_shows_in_a_traceback_or_a_log() -> None:
    assert repr(parse(GOOD, TEXT)) == "SealKey(current='2026', ids=['2026'])"


def test_keys_are_made_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "seal.key")
    assert run(["seals", "key", path, "2026"]) == 0
    assert "keep a copy apart from its data" in capsys.readouterr().out
    assert run(["seals", "key", path, "2027"]) == 0
    assert "Older keys in it: 2026." in capsys.readouterr().out
    assert run(["seals", "key", path, "2027"]) == 2
    assert "stands twice" in capsys.readouterr().err
    assert load({FILE: path}).current == "2027"


def test_a_demonstration_makes_its_own_key_and_keeps_it(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    seal_key.for_demonstration(tmp_path, environment)
    first = load(environment)
    again: dict[str, str] = {}
    seal_key.for_demonstration(tmp_path, again)
    assert load(again) == first
    chosen = {TEXT: GOOD}
    seal_key.for_demonstration(tmp_path, chosen)
    assert chosen == {TEXT: GOOD}
