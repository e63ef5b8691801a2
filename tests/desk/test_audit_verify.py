"""Whatever is changed in an export, the verification sees it and names the first bad entry."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lapwing.desk.audit import canonical, kept
from lapwing.desk.audit.error import KeptError, NotAnExportError
from lapwing.desk.audit.export_file import Header, lines
from lapwing.desk.audit.note import PrivateKey, TreeHead
from lapwing.desk.audit.statement import Statement, digest, words
from lapwing.desk.audit.tree import Frontier, leaf_hash
from lapwing.desk.audit.verdict import Verdict
from lapwing.desk.audit.verification import verify, verify_file

KEY = PrivateKey.new("desk.example.org/audit-test")
BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)
CHECKPOINTS = (4, 8, 11)
SIZE = 13
GOLDEN = Path(__file__).parent / "golden"


def statement(number: int, why: str = "said") -> Statement:
    return Statement(
        number=number,
        time=BEGIN + timedelta(minutes=number),
        by="p-abcdefgh" if number % 3 else "",
        action="moment.look",
        about=f"moment:m-{number}",
        words=words(why, {"n": number, "text": "é <b>"}, bytes(16)),
    )


STATEMENTS = [statement(number) for number in range(1, SIZE + 1)]


def export(
    statements: list[Statement] = STATEMENTS,
    *,
    checkpoints: tuple[int, ...] = CHECKPOINTS,
    with_words: bool = True,
    key: PrivateKey = KEY,
) -> list[bytes]:
    """The lines of an export of these entries, as the desk writes it."""
    frontier, notes = Frontier(), []
    for at, one in enumerate(statements, 1):
        frontier = frontier.appended(one.leaf())
        if at in checkpoints:
            notes.append(key.signed(TreeHead(key.name, at, frontier.root(), one.time).text()))
    header = Header(
        key.name, len(statements), frontier.root(), BEGIN, with_words, (key.public.text(),), tuple(notes)
    )
    return list(lines(header, key, [(one, one.leaf()) for one in statements]))


def keep(folder: Path, sizes: tuple[int, ...] = CHECKPOINTS, *, leaves: bool = True) -> Path:
    """A folder with checkpoints as they were when the log was whole."""
    folder.mkdir(exist_ok=True)
    frontier, since = Frontier(), []
    for number, one in enumerate(STATEMENTS, 1):
        frontier = frontier.appended(one.leaf())
        since.append(one.leaf())
        if number in sizes:
            head = TreeHead(KEY.name, number, frontier.root(), one.time)
            kept.write(folder, number, KEY.signed(head.text()), since)
            if not leaves:
                (folder / (kept.stem(number) + kept.LEAVES)).unlink()
            since = []
    return folder


def first_bad(verdict: Verdict) -> tuple[int, int] | None:
    fault = verdict.first_bad
    return None if fault is None else (fault.first, fault.last)


EXPORT = export()


# --- a log that is whole ---------------------------------------------------------------------------------


@pytest.mark.parametrize("with_words", [True, False])
@pytest.mark.parametrize("size", [0, 1, 4, SIZE])
def test_a_log_that_nobody_touched_is_whole(size: int, with_words: bool, tmp_path: Path) -> None:
    found = verify(export(STATEMENTS[:size], with_words=with_words), [KEY.public])
    assert found.whole, found.text()
    assert found.entries == size
    assert found.proven == max((at for at in CHECKPOINTS if at <= size), default=0)


def test_a_whole_log_agrees_with_what_was_kept_of_it(tmp_path: Path) -> None:
    found = verify(EXPORT, [KEY.public], keep(tmp_path / "kept"))
    assert found.whole
    assert (found.checkpoints, found.kept, found.proven) == (3, 3, 11)
    assert found.text() == (
        "The log is whole: 13 entries.\n"
        "From 2026-03-01T09:01:00.000000Z to 2026-03-01T09:13:00.000000Z, "
        f"root {found.root.hex()}.\n"
        "Checkpoints that hold: 3 in the log, 3 in the folder.\n"
        f"Signed with desk.example.org/audit-test, fingerprint {KEY.public.fingerprint()}.\n"
        "2 entries at the end are younger than the last checkpoint."
    )


def test_it_says_what_a_file_alone_cannot_show() -> None:
    text = verify(EXPORT).text()
    assert "The key stands in the file itself: compare its fingerprint" in text
    assert "Entries cut off the end leave no trace when the file is signed anew" in text


def test_leaving_out_the_words_leaves_out_every_word_and_changes_no_hash() -> None:
    without = export(with_words=False)
    assert not any(b"said" in line or b"salt" in line for line in without)
    assert verify(without).root == verify(EXPORT).root


# --- one bit ---------------------------------------------------------------------------------------------


def at_every_kind_of_byte() -> st.SearchStrategy[tuple[int, int, int]]:
    """A line, a byte in it, and a bit of that byte."""
    return st.integers(0, SIZE).flatmap(
        lambda line: st.tuples(st.just(line), st.integers(0, len(EXPORT[line]) - 1), st.integers(0, 7))
    )


@settings(max_examples=300)
@given(at_every_kind_of_byte())
def test_one_bit_changed_anywhere_is_seen_and_named(where: tuple[int, int, int]) -> None:
    line, byte, bit = where
    changed = bytearray(EXPORT[line])
    changed[byte] ^= 1 << bit
    # As a file is read: what became or ceased to be an end of line divides it anew.
    whole = b"".join([*EXPORT[:line], bytes(changed), *EXPORT[line + 1 :]])
    found = verify(divided(whole), [KEY.public])
    assert not found.whole
    if line == 0:
        assert found.header is not None
    else:
        assert first_bad(found) == (line, line)


def divided(whole: bytes) -> list[bytes]:
    """The lines of a file, as reading it gives them."""
    return list(io.BytesIO(whole))


@pytest.mark.parametrize("line", [1, 7, SIZE])
def test_no_byte_of_a_line_is_without_weight(line: int) -> None:
    for byte in range(len(EXPORT[line]) - 1):
        changed = bytearray(EXPORT[line])
        changed[byte] ^= 1 << (byte % 7)
        found = verify(divided(b"".join([*EXPORT[:line], bytes(changed), *EXPORT[line + 1 :]])), [KEY.public])
        assert first_bad(found) == (line, line), bytes(changed)
        hashes = re.findall(r"[0-9a-f]{16,}", found.text())
        assert "has the hash" not in found.text() or hashes[0] != hashes[1]


def test_every_bit_of_the_header_counts() -> None:
    header = EXPORT[0]
    for byte in range(len(header) - 1):
        changed = bytearray(header)
        changed[byte] ^= 1 << (byte % 7)
        given = [KEY.public] if byte % 2 else []
        assert verify([bytes(changed), *EXPORT[1:]], given).header is not None, byte


def test_with_the_header_changed_entries_are_still_checked(tmp_path: Path) -> None:
    changed = EXPORT[5].replace(b"moment:m-5", b"moment:m-6")
    found = verify(
        [EXPORT[0].replace(b'"entries":13', b'"entries":12'), *EXPORT[1:5], changed, *EXPORT[6:]],
        [KEY.public],
    )
    assert found.header == "its signature does not hold"
    assert first_bad(found) == (5, 5)


# --- rows ------------------------------------------------------------------------------------------------


@given(st.integers(1, SIZE))
def test_a_row_that_is_taken_out_is_named(number: int) -> None:
    assert first_bad(verify([*EXPORT[:number], *EXPORT[number + 1 :]])) == (number, number)


@given(st.integers(1, SIZE), st.integers(1, SIZE))
def test_a_row_that_stands_twice_is_named(number: int, before: int) -> None:
    found = verify([*EXPORT[:before], EXPORT[number], *EXPORT[before:]])
    assert first_bad(found) is not None
    assert not found.whole


@given(st.permutations(range(1, SIZE + 1)).filter(lambda order: list(order) != sorted(order)))
def test_rows_in_another_order_are_named_where_the_order_begins_to_differ(order: list[int]) -> None:
    wrong = next(at for at, number in enumerate(order, 1) if at != number)
    assert first_bad(verify([EXPORT[0], *(EXPORT[number] for number in order)])) == (wrong, wrong)


@given(st.integers(0, SIZE - 1))
def test_a_tail_that_is_cut_off_is_named(length: int) -> None:
    assert first_bad(verify(EXPORT[: length + 1])) == (length + 1, length + 1)


@given(st.integers(1, SIZE), st.integers(1, 200))
def test_a_file_that_ends_within_a_line_is_named(number: int, cut: int) -> None:
    torn = EXPORT[number][: -min(cut, len(EXPORT[number]) - 1)]
    assert first_bad(verify([*EXPORT[:number], torn])) == (number, number)


def test_a_row_added_at_the_end_is_named() -> None:
    added = export([*STATEMENTS, statement(SIZE + 1)])[-1]
    assert first_bad(verify([*EXPORT, added])) == (SIZE + 1, SIZE + 1)


# --- somebody who computes the hashes again --------------------------------------------------------------


def forged(number: int) -> list[Statement]:
    """The log with one entry rewritten."""
    return [*STATEMENTS[: number - 1], statement(number, "another reason"), *STATEMENTS[number:]]


@given(st.integers(1, CHECKPOINTS[-1]))
def test_an_entry_rewritten_with_its_hash_breaks_the_signed_root(number: int) -> None:
    line = export(forged(number))[number]
    found = verify([*EXPORT[:number], line, *EXPORT[number + 1 :]], [KEY.public])
    before = max((at for at in CHECKPOINTS if at < number), default=0)
    after = min(at for at in CHECKPOINTS if at >= number)
    assert first_bad(found) == (before + 1, after)
    assert found.proven == before


@given(st.integers(CHECKPOINTS[-1] + 1, SIZE))
def test_an_entry_younger_than_the_last_checkpoint_is_held_by_the_signed_header(number: int) -> None:
    line = export(forged(number))[number]
    found = verify([*EXPORT[:number], line, *EXPORT[number + 1 :]], [KEY.public])
    assert first_bad(found) == (CHECKPOINTS[-1] + 1, SIZE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, CHECKPOINTS[-1]))
def test_hashes_kept_elsewhere_name_the_one_entry(number: int, tmp_path: Path) -> None:
    # Even the key was stolen: everything is signed anew, and the file agrees with itself.
    found = verify(export(forged(number)), [KEY.public], keep(tmp_path / "kept"))
    assert first_bad(found) == (number, number)
    assert verify(export(forged(number)), [KEY.public]).whole


def test_roots_kept_elsewhere_name_the_range_when_no_hashes_were_kept(tmp_path: Path) -> None:
    found = verify(export(forged(6)), [KEY.public], keep(tmp_path / "kept", leaves=False))
    assert first_bad(found) == (5, 8)


def test_a_tail_cut_off_and_signed_anew_is_seen_by_a_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    cut = export(STATEMENTS[:9])
    assert verify(cut, [KEY.public]).whole
    found = verify(cut, [KEY.public], keep(tmp_path / "kept"))
    assert first_bad(found) == (10, 10)
    assert (
        "it is missing: the file ends after entry 9, and a checkpoint was signed at entry 11" in found.text()
    )


def test_a_log_signed_anew_with_another_key_is_not_the_log(tmp_path: Path) -> None:
    other = export(forged(6), key=PrivateKey.new(KEY.name))
    assert verify(other).whole, "a file can vouch for itself with any key"
    assert verify(other, [KEY.public]).header == "it is signed by none of the known keys"
    found = verify(other, (), keep(tmp_path / "kept"))
    assert first_bad(found) == (6, 6)
    assert len(found.aside) == 3


def test_a_log_may_change_its_key() -> None:
    later = PrivateKey.new(KEY.name)
    frontier, notes = Frontier(), []
    for number, one in enumerate(STATEMENTS, 1):
        frontier = frontier.appended(one.leaf())
        if number in CHECKPOINTS:
            signer = KEY if number < 10 else later
            notes.append(signer.signed(TreeHead(KEY.name, number, frontier.root(), one.time).text()))
    keys = (KEY.public.text(), later.public.text())
    header = Header(KEY.name, SIZE, frontier.root(), BEGIN, True, keys, tuple(notes))
    found = verify(
        lines(header, later, [(one, one.leaf()) for one in STATEMENTS]), [KEY.public, later.public]
    )
    assert found.whole, found.text()


def test_every_entry_that_was_changed_is_listed() -> None:
    changed = [
        line.replace(b"moment:m-", b"moment:x-") if at in (3, 7) else line for at, line in enumerate(EXPORT)
    ]
    found = verify(changed, [KEY.public])
    assert [fault.first for fault in found.faults] == [3, 7]
    assert "All others up to entry 11 are as they were recorded: a checkpoint shows it." in found.text()


def test_a_checkpoint_for_another_log_or_out_of_order_is_refused() -> None:
    def with_notes(notes: list[str]) -> list[bytes]:
        leaves = Frontier()
        for one in STATEMENTS:
            leaves = leaves.appended(one.leaf())
        header = Header(KEY.name, SIZE, leaves.root(), BEGIN, True, (KEY.public.text(),), tuple(notes))
        return list(lines(header, KEY, [(one, one.leaf()) for one in STATEMENTS]))

    note = KEY.signed(TreeHead("elsewhere.example", 4, leaf_hash(b""), BEGIN).text())
    assert (
        verify(with_notes([note])).header
        == "checkpoint 1 in it: it belongs to another log, elsewhere.example"
    )
    again = KEY.signed(TreeHead(KEY.name, 4, leaf_hash(b""), BEGIN).text())
    assert verify(with_notes([again, again])).header == "checkpoint 2 in it is not larger than the one before"
    assert verify(with_notes(["nothing"])).header == "checkpoint 1 in it: it is not a signed note"


# --- what people read ------------------------------------------------------------------------------------


def mended(text: str) -> str:
    return text.replace(KEY.public.fingerprint(), "FINGERPRINT")


BROKEN = {
    "one-bit": [*EXPORT[:6], EXPORT[6].replace(b"moment:m-6", b"moment:m-7"), *EXPORT[7:]],
    "one-row": [*EXPORT[:6], *EXPORT[7:]],
    "order": [*EXPORT[:6], EXPORT[7], EXPORT[6], *EXPORT[8:]],
    "tail": EXPORT[:-2],
    "rewritten": [*EXPORT[:6], export(forged(6))[6], *EXPORT[7:]],
    "header": [EXPORT[0].replace(b'"made":"2026', b'"made":"2025'), *EXPORT[1:]],
    "unreadable": [*EXPORT[:6], b"{" + EXPORT[6][2:], *EXPORT[7:]],
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_the_text_says_what_is_wrong_where_and_what_to_do(what: str) -> None:
    said = mended(verify(BROKEN[what], [KEY.public]).text()) + "\n"
    assert said == (GOLDEN / f"audit-{what}.txt").read_text("utf-8")


def test_a_text_names_the_key_of_the_digest_it_is_about() -> None:
    # The golden texts show the beginnings of hashes: they are the same in every run, for the key is in none of them.
    assert digest(STATEMENTS[0].words) == digest(statement(1).words)


# --- files -----------------------------------------------------------------------------------------------


def test_a_file_is_read_as_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(EXPORT))
    assert verify_file(file, [KEY.public]).whole
    file.write_bytes(b"".join(EXPORT).replace(b"\n", b"\r\n"))
    assert not verify_file(file, [KEY.public]).whole


def test_an_empty_file_is_no_export(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"")
    with pytest.raises(NotAnExportError) as refused:
        verify_file(file)
    assert str(refused.value) == f"{file} is empty: give a file that `lapwing audit export` has written."


@pytest.mark.parametrize(
    "content",
    [
        b"What we did in March.\n",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b'{"subject":"s-1"}\n' * 3,
        EXPORT[3][:40] + b"\n",
    ],
    ids=["words", "a picture", "other lines", "half an entry"],
)
def test_a_file_of_something_else_is_no_export(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(content)
    with pytest.raises(NotAnExportError) as refused:
        verify_file(file, [KEY.public])
    assert str(refused.value) == (
        f"{file} is no export of the audit log: its first line is not the header of one, and no line in it is an "
        "entry. Give a file that `lapwing audit export` has written."
    )


@pytest.mark.parametrize(
    "kept",
    [EXPORT[1:], [b"gone\n", *EXPORT[1:]], [b"gone\n", b"gone\n", EXPORT[5]], [EXPORT[0][:-9] + b"\n"]],
    ids=["without its header", "another first line", "one entry left", "a cut header"],
)
def test_what_is_left_of_an_export_is_broken_and_not_another_file(tmp_path: Path, kept: list[bytes]) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(kept))
    assert not verify_file(file, [KEY.public]).whole


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(EXPORT[0] + b"[" * 1_000_000)
    found = verify_file(file, [KEY.public])
    assert found.faults[0].what == "it was changed: it is cut off, or longer than an entry can be"


def test_a_folder_without_checkpoints_is_not_taken_for_proof(tmp_path: Path) -> None:
    with pytest.raises(
        KeptError, match=r"There is no checkpoint in .*: give the folder with the \.checkpoint files"
    ):
        verify(EXPORT, [KEY.public], tmp_path)
    with pytest.raises(KeptError, match="There is no folder"):
        verify(EXPORT, [KEY.public], tmp_path / "absent")


def test_hashes_that_were_damaged_where_they_were_kept_accuse_no_entry(tmp_path: Path) -> None:
    folder = keep(tmp_path / "kept")
    file = folder / (kept.stem(8) + kept.LEAVES)
    file.write_text(file.read_text().replace("a", "b"))
    with pytest.raises(KeptError, match="does not give the root of the checkpoint beside it"):
        verify(EXPORT, [KEY.public], folder)
    file.write_text("nonsense\n")
    with pytest.raises(KeptError, match="is not a hash"):
        verify(EXPORT, [KEY.public], folder)


def test_a_gap_in_what_was_kept_proves_less_and_accuses_nobody(tmp_path: Path) -> None:
    folder = keep(tmp_path / "kept")
    for ending in (kept.LEAVES, kept.CHECKPOINT):
        (folder / (kept.stem(8) + ending)).unlink()
    assert verify(EXPORT, [KEY.public], folder).whole
    assert first_bad(verify(export(forged(6)), [KEY.public], folder)) == (5, 11)


def test_an_entry_of_other_types_is_refused_and_breaks_nothing() -> None:
    good = canonical.read(EXPORT[3][:-1])
    for name in good:
        for value in (None, 3, True, "x", [], {}, {"why": 1}):
            if value == good[name]:
                continue
            line = canonical.written({**good, name: value}) + b"\n"
            assert first_bad(verify([*EXPORT[:3], line, *EXPORT[4:]])) == (3, 3), (name, value)


def test_a_statement_is_hashed_in_all_its_parts() -> None:
    one = statement(5)
    others = [
        replace(one, number=6),
        replace(one, time=one.time + timedelta(microseconds=1)),
        replace(one, by="p-bcdefghj"),
        replace(one, action="moment.decide"),
        replace(one, about="moment:m-6"),
        replace(one, words=words("said", {"n": 5, "text": "é <i>"}, bytes(16))),
        replace(one, words=words("said", {"n": 5, "text": "é <b>"}, bytes(15) + b"\x01")),
    ]
    assert len({other.leaf() for other in [one, *others]}) == 8
