"""What a watch is asked for, and what is said when it cannot be understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from watching import VOCABULARY

from lapwing.watch.budget import days_per_false_alarm
from lapwing.watch.duration import DAY, SECOND, microseconds
from lapwing.watch.engine import Parameters
from lapwing.watch.error import SettingError
from lapwing.watch.roster import Roster, read_circles, read_watched
from lapwing.watch.settings import Settings

UNITS = "Write a number and one of s, min, h, d, w, such as 90s or 12h."


@pytest.mark.parametrize(
    ("text", "days"), [("1/30d", 30), ("2/7d", 3.5), ("1/12h", 0.5), ("1/2w", 14), (" 3 / 36h ", 0.5)]
)
def test_a_budget_is_days_per_false_alarm(text: str, days: float) -> None:
    assert days_per_false_alarm(text) == days


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "30",
            "'30' is not a budget.\n"
            "Write how many false alarms you accept in how long: 1/30d is one in 30 days, "
            "2/7d two a week, 1/12h one in twelve hours.",
        ),
        (
            "1/month",
            "'month' is not a length of time.\n" + UNITS,
        ),
        (
            "1/5m",
            "'5m' is not a length of time.\n" + UNITS,
        ),
        (
            "0/30d",
            "A budget of 0/30d cannot be kept: no threshold is never crossed by chance.\n"
            "Name a rare false alarm instead, such as 1/365d for one a year.",
        ),
        (
            "100/1h",
            "A budget of 100/1h is one false alarm in 0.0004167 days.\n"
            "Choose one between one an hour and one in 100,000 days.",
        ),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        days_per_false_alarm(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "length"), [("90s", 90 * SECOND), ("0.5d", DAY // 2), ("3min", 180 * SECOND)]
)
def test_lengths_of_time_have_a_unit(text: str, length: int) -> None:
    assert microseconds(text) == length


def test_watched_subjects_stand_one_on_a_line(tmp_path: Path) -> None:
    (tmp_path / "watched.txt").write_text("\ufeffa\n\n  b c \r\nä\n", encoding="utf-8")
    assert read_watched(tmp_path / "watched.txt") == {"a", "b c", "ä"}


def test_circles_come_from_two_columns_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "circles.csv").write_text('note,circle,subject\nx,north,"a, b"\n\ny,south,c\n')
    assert read_circles(tmp_path / "circles.csv") == {"a, b": "north", "c": "south"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            ", line 1: no columns subject and circle; found nothing.\n"
            "Begin the file with the line subject,circle.",
        ),
        (
            "who,circle\n",
            ", line 1: no columns subject and circle; found who, circle.\n"
            "Begin the file with the line subject,circle.",
        ),
        ("subject,circle\n", " names no circle.\nFill it, or leave it out to have circles learnt."),
        (
            "subject,circle\na,k\nb\n",
            ", line 3: circle is empty.\n"
            "Give both, or leave the line out: a subject without a line belongs to no given circle.",
        ),
        (
            "subject,circle\na,k\na,l\n",
            ", line 3: 'a' is in circle 'l', but in 'k' further up.\n"
            "A subject belongs to one circle; keep one of the lines.",
        ),
    ],
)
def test_a_table_of_circles_that_cannot_be_used_is_refused_by_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "circles.csv"
    path.write_text(text)
    with pytest.raises(SettingError) as refused:
        read_circles(path)
    assert str(refused.value) == f"{path}{message}"


def test_lists_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "watched.txt"
    with pytest.raises(SettingError, match=r"watched\.txt cannot be read: No such file or directory\."):
        read_watched(path)
    path.write_bytes(b"a\n\xff\xfe\n")
    with pytest.raises(SettingError, match=r"watched\.txt is not UTF-8 text \(byte 2\)\."):
        read_watched(path)
    path.write_text("\n \n")
    with pytest.raises(SettingError, match="names no subject, so no moment could be raised"):
        read_watched(path)


def test_the_roster_shapes_a_run_and_the_order_of_its_lines_does_not() -> None:
    def shaping(roster: Roster) -> dict[str, object]:
        return Settings(Parameters(), roster, vocabulary=VOCABULARY).shaping()

    assert shaping(Roster(frozenset({"a", "b"}))) == shaping(Roster(frozenset({"b", "a"})))
    assert shaping(Roster(frozenset({"a"}))) != shaping(Roster(frozenset({"b"})))
    assert shaping(Roster(circles={"a": "k", "b": "l"})) == shaping(Roster(circles={"b": "l", "a": "k"}))
    assert shaping(Roster(circles={"a": "k"})) != shaping(Roster())
