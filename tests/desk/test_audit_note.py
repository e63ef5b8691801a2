"""Checkpoints are notes that other tools can read, and a key file is its owner's alone."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.desk.audit import key_file
from lapwing.desk.audit.error import AuditKeyError
from lapwing.desk.audit.note import NoteError, PrivateKey, PublicKey, TreeHead, checkpoint, opened
from lapwing.desk.audit.tree import EMPTY_ROOT

KEY = PrivateKey("desk.example.org/audit", bytes(range(32)))
HEAD = TreeHead(KEY.name, 20852, EMPTY_ROOT, datetime(2026, 3, 1, 9, tzinfo=UTC))
NOTE = KEY.signed(HEAD.text())


def test_a_public_key_of_another_log_in_this_form_is_read() -> None:
    # The key of the checksum database of the Go modules, as every Go tool carries it.
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    key = PublicKey.parse(text)
    assert (key.name, key.id.hex(), key.text()) == ("sum.golang.org", "033de0ae", text)


def test_a_checkpoint_reads_as_the_form_says() -> None:
    assert NOTE.split("\n")[:5] == [
        "desk.example.org/audit",
        "20852",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "time 2026-03-01T09:00:00.000000Z",
        "",
    ]
    assert NOTE.split("\n")[5].startswith("— desk.example.org/audit ")
    assert checkpoint(NOTE, [KEY.public]) == HEAD


@given(st.data())
def test_a_checkpoint_with_one_bit_changed_does_not_hold(data: st.DataObject) -> None:
    changed = bytearray(NOTE.encode())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NoteError):
        checkpoint(changed.decode(errors="replace"), [KEY.public])


def test_the_signature_of_a_witness_may_stand_below() -> None:
    witness = PrivateKey.new("witness.example/w1")
    second = witness.signed(HEAD.text()).rpartition("\n\n")[2]
    assert checkpoint(NOTE + second, [KEY.public]) == HEAD
    assert opened(NOTE + second, [witness.public]) == HEAD.text()


def test_a_key_of_the_same_name_is_not_the_same_key() -> None:
    with pytest.raises(NoteError, match="it is signed by none of the known keys"):
        checkpoint(NOTE, [PrivateKey.new(KEY.name).public])


@pytest.mark.parametrize(
    "text",
    ["", "x", "a+b", "a+00000000+", f"{KEY.name}+00000000+{KEY.public.text().rpartition('+')[2]}", "a b+1+2"],
)
def test_a_damaged_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        PublicKey.parse(text)


def test_a_private_key_shows_itself_nowhere_but_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "audit-key"
    key = key_file.make(file, "desk.example.org/audit")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key_file.load(file) == key
    assert key.text().split("+", 2)[2] not in repr(key)
    with pytest.raises(AuditKeyError, match="There is an audit key already"):
        key_file.make(file, "desk.example.org/audit")


def test_a_name_that_a_note_cannot_carry_is_refused() -> None:
    for name in ("", "a b", "a+b", "é", "x" * 121, "a\nb"):
        with pytest.raises(NoteError, match="cannot name a log"):
            PrivateKey.new(name)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620])
def test_a_key_that_others_can_read_or_change_is_not_used(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "audit-key"
    key_file.make(file, "desk")
    file.chmod(mode)
    with pytest.raises(AuditKeyError) as refused:
        key_file.load(file)
    assert str(refused.value) == (
        f"The audit key {file} can be read or changed by others on this machine (mode {mode:04o}): they could sign a "
        f"log of their own. Run chmod 600 {file}; if others work on this machine, then also move the file away and "
        "run `lapwing audit key` for a new key."
    )


def test_a_missing_key_is_said_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "audit-key"
    with pytest.raises(AuditKeyError) as refused:
        key_file.load(file)
    assert str(refused.value) == (
        f"The audit key {file} does not exist, so the log cannot be signed. Restore it from where you keep your keys; "
        "if it is lost, `lapwing audit key` makes a new one, and the log says so."
    )


@pytest.mark.parametrize("text", ["", "nothing", KEY.text()[:-4] + "AAA=", KEY.public.text()])
def test_a_damaged_key_is_not_used_and_not_quoted(text: str, tmp_path: Path) -> None:
    file = tmp_path / "audit-key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(AuditKeyError, match="cannot be used") as refused:
        key_file.load(file)
    assert not text or text[-20:] not in str(refused.value)


def test_public_keys_are_read_one_on_a_line(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{KEY.public.text()}\n\n{PrivateKey.new('desk').public.text()}\n")
    assert key_file.public_keys(file)[0] == KEY.public
    file.write_text("\n")
    with pytest.raises(AuditKeyError, match="holds no public key"):
        key_file.public_keys(file)
