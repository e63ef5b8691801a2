"""The score: a majority, both ways, from the onset on; first lines raise, last lines stand."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lapwing.moments.moment import Bits, Moment
from lapwing.worlds.score import score, score_file
from lapwing.worlds.scorecard import picture, scorecard, sentence
from lapwing.worlds.truth import Cell, Climb, Shift, Truth, read_truth

HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 1_735_516_800_000_000
ONSET = START + 10 * DAY
CELL = tuple(f"c{n}" for n in range(8))


def world(**changes):
    acts = tuple(range(0, 100 * 3600, 3600))
    parts = {
        "scenario": "plain",
        "seed": 1,
        "start": START,
        "end": START + 30 * DAY,
        "cells": (Cell(CELL, ONSET, 0.2, 1.0, 20, acts, told=(2.0,) * 100, naming=50.0),),
        "climbs": (),
        "shifts": (),
        "ends": {},
        "returns": {},
    }
    return Truth(**(parts | changes))


def line(subjects, *, name="m1", raised=ONSET + 20 * HOUR, onset=ONSET + 2 * HOUR):
    bits = Bits(when=0.0, what=0.0, whom=60.0, naming=50.0, net=10.0)
    return Moment(name, "meeting", tuple(subjects), onset, raised, bits, 1024.0, None, "open", ()).line()


def test_a_moment_of_members_finds_their_cell():
    result = score([line(CELL[:6])], world())
    (outcome,) = result.outcomes
    assert (result.found, result.missed, result.false) == (1, 0, 0)
    assert (outcome.moment, outcome.hours, outcome.onset_error_hours) == ("m1", 20.0, 2.0)
    assert outcome.acts == 21
    assert (outcome.precision, outcome.recall) == (1.0, 0.75)


def test_a_moment_raised_before_the_onset_is_false():
    result = score([line(CELL, raised=ONSET - HOUR)], world())
    assert (result.found, result.false, result.false_moments) == (0, 1, ("m1",))


def test_half_members_is_no_majority():
    assert score([line([*CELL[:4], "a", "b", "d", "e"])], world()).false == 1
    assert score([line([*CELL[:4], "a", "b", "d"])], world()).found == 1


def test_a_pair_of_members_is_not_false_but_finds_nothing_before_it_grows():
    pair, grown = line(CELL[:2]), line(CELL[:5])
    alone = score([pair], world())
    assert (alone.found, alone.false) == (0, 0)
    later = score([pair, grown], world())
    assert later.found == 1
    assert (later.outcomes[0].recall_raised, later.outcomes[0].recall) == (0.25, 0.625)


def test_a_moment_is_judged_as_it_was_raised():
    assert score([line(["a", "b"]), line(CELL)], world()).false == 1


def test_the_earliest_moment_counts_whatever_the_order_of_lines():
    lines = [line(CELL, name="late", raised=ONSET + 30 * HOUR), line(CELL, name="early")]
    assert score(lines, world()).outcomes[0].moment == "early"


def test_a_new_account_counts_as_its_person():
    truth = world(returns={"x9": "c7"})
    assert score([line([*CELL[:4], "x9"])], truth).outcomes[0].recall == 0.625
    assert score([line(["c7", "x9", "a"])], truth).false == 1


def test_false_moments_are_counted_over_the_days_after_learning():
    result = score([line(["a", "b"])], world(), learning_days=7)
    assert result.false_per_day == pytest.approx(1 / 23)
    with pytest.raises(ValueError, match="30 days of learning leave nothing of this world to score"):
        score([], world(), learning_days=30)


def test_shifts_and_climbs_are_found_like_cells():
    shift = Shift(("s1",), ONSET, "x4", (0, 60))
    climb = Climb(("g1", "g2", "g3"), ONSET, 0.4, ("join", "donate"), 3.0, (0, 60))
    truth = world(cells=(), shifts=(shift,), climbs=(climb,))
    result = score([line(["s1"]), line(["g1", "g2"], name="m2")], truth)
    assert [(o.what, o.label, o.moment) for o in result.outcomes] == [
        ("climb", "climbs 0.40", "m2"),
        ("shift", "rate x4", "m1"),
    ]


def test_that_an_account_which_ended_fell_silent_is_not_false():
    truth = world(cells=(), ends={"s1": ONSET, "s2": ONSET + 30 * HOUR})
    result = score([line(["s1"]), line(["s2"], name="m2"), line(["s1", "s3"], name="m3")], truth)
    assert result.false_moments == ("m2", "m3")
    assert result.found == 0


def test_a_line_that_is_not_a_moment_is_named():
    with pytest.raises(
        ValueError, match=r"moments.jsonl, line 2: not a moment \(KeyError: 'id'\); `lapwing watch`"
    ):
        score([line(CELL), "{}"], world())


def test_a_file_that_is_not_a_truth_is_named(tmp_path):
    for text, why in (("{}x", "JSONDecodeError: Extra data"), ("[]", "AttributeError: ")):
        (tmp_path / "truth.json").write_text(text)
        with pytest.raises(
            ValueError, match=rf"truth.json is not the truth of a world \({why}.*\); `lapwing world`"
        ):
            read_truth(tmp_path / "truth.json")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data.pop("returns"), "the record of a truth has no returns"),
        (
            lambda data: data.update(colour=1),
            "the record of a truth has colour, which this version does not know",
        ),
        (lambda data: data["cells"][0].pop("lag_hours"), "the record of a cell has no lag_hours"),
    ],
)
def test_a_truth_of_another_version_says_in_what_it_differs(tmp_path, change, why):
    data = json.loads(world().text())
    change(data)
    file = tmp_path / "truth.json"
    file.write_text(json.dumps(data))
    with pytest.raises(ValueError) as refused:
        read_truth(file)
    assert str(refused.value) == (
        f"{file} is not the truth of a world of this version: {why}. Make the world again with `lapwing world`"
    )


def test_files_are_scored_as_lines_are(tmp_path):
    (tmp_path / "truth.json").write_text(world().text())
    (tmp_path / "moments.jsonl").write_text(line(CELL) + "\n\n")
    assert score_file(tmp_path / "moments.jsonl", tmp_path / "truth.json") == score([line(CELL)], world())


def test_bands_are_thirds_of_the_cells_by_strength():
    cells = tuple(Cell((f"a{n}", f"b{n}"), ONSET, 0.1 + n / 100, 1.0, 1, (), (), 20.0) for n in range(7))
    result = score([line(["a6", "b6"])], world(cells=cells))
    assert [(band.hidden, band.found) for band in result.bands] == [(2, 0), (2, 0), (3, 1)]


@given(st.lists(st.sets(st.sampled_from([*CELL, "a", "b", "d"]), min_size=2), max_size=6), st.randoms())
def test_moments_are_false_or_belong_and_their_order_in_the_file_plays_no_part(groups, random):
    lines = [line(sorted(group), name=f"m{n}") for n, group in enumerate(groups)]
    result = score(lines, world())
    shuffled = random.sample(lines, len(lines))
    belong = sum(2 * len(group & set(CELL)) > len(group) for group in groups)
    assert result.false + belong == result.moments == len(groups)
    assert score(shuffled, world()) == result


def test_the_json_of_a_score_reads_back():
    data = json.loads(score([line(CELL)], world()).json())
    assert data["found"] == 1
    assert data["outcomes"][0]["moment"] == "m1"


def test_the_sentence_tells_what_was_found_and_what_was_false():
    result = score([line(CELL), line(["a", "b"], name="m2")], world())
    assert sentence(result) == (
        "plain, seed 1: 2 moments, 1 false, one in 30.0 days; 1 of 1 found, in the median 20 h and 21 acts "
        "after the onset; onsets are 2 h off."
    )
    assert sentence(score([], world(cells=()))) == (
        "plain, seed 1: 0 moments, none false in 30 days; nothing was hidden."
    )
    assert sentence(score([], world())) == "plain, seed 1: 0 moments, none false in 30 days; 0 of 1 found."


def test_the_table_has_a_line_for_everything_hidden():
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(scorecard(score([line(CELL)], world())))
    text = console.export_text()
    assert "copies 0.20" in text
    assert "m1" in text


def test_the_picture_says_what_it_shows_and_what_was_missed():
    svg = picture(score([], world()))
    assert svg.startswith("<svg ")
    assert "0 of 1 found" in svg
    assert ">missed</text>" in svg
    assert ">8 members, copies 0.20</text>" in svg
