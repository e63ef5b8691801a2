"""Calibration: what is exchanged and what stays, what a count says about a promise, and the card."""

import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing import cli
from lapwing.calibration.calibrate import calibrate
from lapwing.calibration.card import html, markdown, write_card
from lapwing.calibration.curve import curve, summary
from lapwing.calibration.permutation import DAY, permuted
from lapwing.calibration.promise import Calibration, Round, held, interval
from lapwing.calibration.stream import read_stream
from lapwing.events.error import EventsError
from lapwing.watch.engine import Parameters
from lapwing.watch.roster import Roster
from lapwing.watch.settings import Settings
from lapwing.worlds.world import make_world, write_world

START = 20_000 * DAY


@st.composite
def streams(draw):
    """Columns of a small stream: acts of one to three rows, some of them background."""
    people = draw(st.integers(1, 6))
    subject, context, kind, act, time = [], [], [], [], []
    for number in range(draw(st.integers(1, 40))):
        who = draw(st.integers(-1, people - 1))
        rows = draw(st.lists(st.integers(0, 12), min_size=1, max_size=3, unique=True))
        when = START + number * DAY // 10
        for what in rows:
            subject.append(who)
            context.append(what)
            kind.append(what % 2)
            act.append(number)
            time.append(when)
    group = draw(st.lists(st.integers(-1, 1), min_size=people, max_size=people))
    return (
        np.array(time, np.int64),
        np.array(subject, np.int32),
        np.array(kind, np.int32),
        np.array(context, np.int64),
        np.array(act, np.int64),
        np.array(group, np.int32),
    )


def first_touches(subject, context):
    seen, first = set(), []
    for who, what in zip(subject.tolist(), context.tolist(), strict=True):
        first.append(who >= 0 and (who, what) not in seen)
        seen.add((who, what))
    return np.array(first)


@given(streams(), st.integers(0, 99))
def test_each_circle_kind_and_day_keeps_its_acts_and_who_did_how_many(stream, seed):
    time, subject, kind, context, act, group = stream
    new = permuted(*stream, np.random.default_rng(seed)).subject
    fresh_rows = first_touches(subject, context)
    fresh_acts = {a for a, f in zip(act.tolist(), fresh_rows.tolist(), strict=True) if f}

    def tally(who):
        acts, start = np.unique(act, return_index=True)
        return sorted(
            (int(group[subject[at]]), int(kind[at]), int(time[at] // DAY), int(who[at]))
            for a, at in zip(acts.tolist(), start.tolist(), strict=True)
            if a in fresh_acts
        )

    assert tally(new) == tally(subject)
    assert np.array_equal(new < 0, subject < 0)  # background stays background


@given(streams(), st.integers(0, 99))
def test_acts_stay_whole_and_circles_keep_their_touches(stream, seed):
    _, subject, _, _, act, group = stream
    new = permuted(*stream, np.random.default_rng(seed)).subject
    for number in np.unique(act).tolist():
        assert len(set(new[act == number].tolist())) == 1
    seen = subject >= 0
    assert np.array_equal(group[new[seen]], group[subject[seen]])


@given(streams())
def test_who_acts_alone_in_its_circle_stays_who_it_is(stream):
    time, subject, kind, context, act, group = stream
    own = np.arange(group.size, dtype=np.int32)
    result = permuted(time, subject, kind, context, act, own, np.random.default_rng(0))
    assert np.array_equal(result.subject, subject)
    assert result.exchanged == 0.0


def test_a_habit_goes_with_the_context_it_repeats():
    """Subject 0 touches context 5 every hour; whoever now has the first of these touches has the repeats."""
    time = START + np.arange(12, dtype=np.int64) * DAY // 24
    subject = np.array([0] * 6 + [1, 2, 3, 4, 5, 6], np.int32)
    context = np.array([5] * 6 + [6, 7, 8, 9, 10, 11], np.int64)
    same = np.zeros(12, np.int32)
    found = permuted(
        time, subject, same, context, np.arange(12), np.zeros(7, np.int32), np.random.default_rng(3)
    )
    assert len(set(found.subject[:6].tolist())) == 1
    assert sorted({*found.subject.tolist()}) == list(range(7))
    assert found.exchanged == 1.0


@pytest.mark.claim
def test_a_meeting_is_broken_and_the_history_of_contexts_is_kept():
    """Eight of 400 touch the same 60 contexts within minutes; exchanged, no pair of subjects shares more than two."""
    rng = np.random.default_rng(1)
    acts = 8_000
    time = np.sort(rng.integers(0, 10 * DAY, acts)) + START
    subject = rng.integers(0, 400, acts).astype(np.int32)
    context = rng.integers(1_000, 100_000, acts)
    met = np.sort(rng.choice(acts, 480, replace=False))
    subject[met], context[met] = np.tile(np.arange(8), 60), np.repeat(np.arange(60), 8)
    zeros = np.zeros(acts, np.int32)
    new = permuted(time, subject, zeros, context, np.arange(acts), np.zeros(400, np.int32), rng).subject

    def most_shared(who):
        touched = {}
        for whom, what in zip(who.tolist(), context.tolist(), strict=True):
            if what < 60:
                touched.setdefault(whom, set()).add(what)
        sets = list(touched.values())
        return max(len(a & b) for n, a in enumerate(sets) for b in sets[:n])

    assert most_shared(subject) == 60
    assert most_shared(new) <= 6


@pytest.mark.claim
def test_the_interval_holds_the_mean_in_95_of_100_cases():
    rng = np.random.default_rng(7)
    for mean in (0.5, 3.0, 20.0):
        ends = [interval(int(n)) for n in rng.poisson(mean, 2_000)]
        assert np.mean([low <= mean <= high for low, high in ends]) >= 0.945


@given(
    st.lists(st.floats(0.0, 20.0), max_size=40),
    st.floats(1.0, 1_000.0),
    st.floats(1.0, 200.0),
)
def test_with_the_safety_factor_the_count_is_within_what_is_allowed(nets, days, budget):
    nets.sort(reverse=True)
    one = held(nets, days, budget)
    assert one.low <= one.counted <= one.high
    assert one.safety_bits >= 0.0
    assert (one.safety_bits > 0.0) == (one.counted > math.floor(one.allowed))
    raised = math.log2(budget) + one.safety_bits
    assert sum(net >= raised for net in nets) <= one.allowed


def calibration(*nets, days=23.0, exchanged=0.97, source="events.parquet", budgets=(1.0, 30.0)):
    rounds = tuple(Round(number, days, tuple(sorted(some, reverse=True))) for number, some in enumerate(nets))
    return Calibration(source, "0.1.0", exchanged, rounds, budgets)


def test_a_broken_promise_is_said_plainly_with_the_bits_that_are_missing():
    broken = calibration(*[(8.0, 7.5, 6.0, 5.5)] * 3)
    assert summary(broken) == (
        "The promise does not hold for one in 30 days: a safety factor of 3.1 bits would be needed."
    )
    card = markdown(broken)
    assert "| one in 30 days | 2.3 | 12 | 6.2 to 21 | does not hold | 3.1 |" in card
    assert "ask for one in 257 (--budget 1/257d)" in card
    assert json.loads(broken.json())["safety_bits"] == 3.1


def test_a_kept_promise_and_too_few_days_are_told_apart():
    assert summary(calibration(*[()] * 100)) == "The promise holds for every budget."
    assert summary(calibration(())) == (
        "The promise holds for one a day; for the other budgets too few days were counted to tell."
    )
    assert summary(calibration((), days=1.0)) == (
        "Nothing speaks against the promise, but too few days were counted to confirm it."
    )


def test_the_card_warns_when_hardly_anything_could_be_exchanged():
    assert "That is little" in markdown(calibration((), exchanged=0.4))
    assert "That is little" not in markdown(calibration((), exchanged=0.95))
    assert "exchanged" not in markdown(calibration((), exchanged=None))


def test_the_card_is_one_file_with_nothing_from_elsewhere_and_escapes_what_it_was_given(tmp_path):
    found = calibration((6.0, 0.3), source="<script>x</script>.csv")
    write_card(found, tmp_path / "card")
    assert sorted(path.name for path in (tmp_path / "card").iterdir()) == [
        "calibration.json", "card.html", "card.md", "curve.svg",
    ]  # fmt: skip
    page = html(found)
    assert "<script" not in page
    assert "https://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_curve_is_a_drawing_with_a_point_and_a_sentence_for_each_budget():
    drawn = ET.fromstring(curve(calibration((6.0, 0.3), ())))
    points = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert [point.get("class") for point in points] == ["counted", "counted"]
    assert points[1][0].text == "One in 30 days allows 1.5; counted 1, so to be expected 0 to 5.6."
    (hollow,) = ET.fromstring(curve(calibration((), budgets=(30.0,)))).iter(
        "{http://www.w3.org/2000/svg}circle"
    )
    assert hollow.get("class") == "none"


def test_nothing_to_calibrate_on_is_said(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("time,subject,kind,context\n")
    with pytest.raises(
        EventsError, match=r"no event to calibrate on\.\nGive files with events of several weeks"
    ):
        calibrate([path], Settings())


@pytest.fixture(scope="module")
def null(tmp_path_factory):
    """A small world in which nothing begins."""
    folder = tmp_path_factory.mktemp("null")
    write_world(make_world("plain-null", seed=5, subjects=300, days=12.0, cells=2), folder)
    return folder / "events.parquet"


def test_circles_are_those_given_then_those_of_the_events_then_learnt(null, tmp_path):
    one, two, three, *_ = read_stream([null], Settings()).names
    given_circles = Settings(roster=Roster(circles={one: "b", two: "a"}, watched=frozenset({two})))
    stream = read_stream([null], given_circles)
    group = dict(zip(stream.names, stream.group.tolist(), strict=True))
    assert (group[two], group[one], group[three]) == (1, 2, -2)
    table = pq.read_table(null)
    stated = pa.array(["x" if name and int(name[1:]) % 2 else "y" for name in table["subject"].to_pylist()])
    pq.write_table(table.append_column("circle", stated), tmp_path / "stated.parquet")
    of_events = read_stream([tmp_path / "stated.parquet"], Settings())
    assert len(set(of_events.group.tolist())) == 2


def test_exchanged_events_read_back_as_the_same_acts(null, tmp_path):
    stream = read_stream([null], Settings())
    permutation = stream.permuted(1)
    stream.write(permutation, tmp_path / "new.parquet")
    again = read_stream([tmp_path / "new.parquet"], Settings())

    def rows(table, names, subject):
        columns = [table[name].to_pylist() for name in ("time", "kind", "context", "id")]
        return sorted(zip(*columns, [names[number] for number in subject.tolist()], strict=True))

    expected = rows(stream.table, stream.names, permutation.subject)
    assert (
        rows(again.table, again.names, again.subject) == expected
    )  # ties in time may stand in another order
    assert permutation.exchanged > 0.9


def test_the_command_writes_the_card_and_says_what_came_of_it(null, tmp_path, capsys):
    out = tmp_path / "card"
    arguments = [str(null), "--rounds", "2", "--budgets", "1/1d", "--budgets", "1/10d", "--out", str(out)]
    assert cli.run(["calibrate", *arguments]) == 0
    told = capsys.readouterr()
    assert "does not hold" not in told.out  # everybody chooses alone: nothing is easier to keep
    assert f"The card: {out / 'card.html'}" in told.out
    assert told.err.count("false moments in 5.0 days") == 2
    data = json.loads((out / "calibration.json").read_text())
    assert data["budgets"] == [1.0, 10.0]
    assert [one["seed"] for one in data["rounds"]] == [0, 1]
    assert cli.run(["calibrate", str(null), "--rounds", "0", "--out", str(out)]) == 2
    assert "0 rounds count nothing; give at least 1." in capsys.readouterr().err


def test_the_same_seed_counts_the_same(null):
    settings = Settings(parameters=Parameters())
    one, again = (calibrate([null], settings, budgets=[1.0], rounds=1, seed=4) for _ in range(2))
    assert one == again
