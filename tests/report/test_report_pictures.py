"""The geometry of the pictures: everything is inside, in order, and the same each time."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_sample import DAY, HOUR, MINUTE, ONSET, SECOND, THRESHOLD, meeting, shift

from lapwing.moments.exhibit import CurvePoint, Exhibit, Tie
from lapwing.moments.moment import Moment
from lapwing.report.bits_curve import POINTS_MOST, bits_curve, thinned
from lapwing.report.mark import REST, mark, shapes_of
from lapwing.report.network import NUMBERED_MOST, Network, network
from lapwing.report.sparkline import sparkline
from lapwing.report.time_axis import time_axis
from lapwing.report.timeline import Timeline, acts_of, numbers_of, thinned_acts, timeline


def drawn(moment: Moment, exhibit: Exhibit | None, *, lanes_most: int = 200) -> Timeline:
    acts = acts_of(moment, exhibit)
    shapes = shapes_of(sorted({act.kind for act in acts}))
    return timeline(moment, exhibit, acts, numbers_of(moment), shapes, lanes_most=lanes_most)


def tied(moment: Moment, exhibit: Exhibit, *, members_most: int = 200) -> Network:
    return network(exhibit, numbers_of(moment), members_most=members_most)


def start_of(path: str) -> tuple[float, float]:
    found = re.match(r"M(-?[\d.]+) (-?[\d.]+)", path)
    assert found is not None
    return float(found[1]), float(found[2])


# --- time axis


@given(
    st.integers(0, 10**15),
    st.integers(0, 10**14),
    st.integers(0, 10**14),
    st.lists(st.integers(0, 2 * 10**14), min_size=2, max_size=6),
)
def test_later_is_never_further_left(start: int, before: int, after: int, times: list[int]) -> None:
    axis = time_axis(start, start + before, start + before + after, 100.0, 900.0)
    places = [axis.x(start + time) for time in sorted(times)]
    assert places == sorted(places)
    assert all(100.0 <= place <= 900.0 for place in places)


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 10**15))
def test_ticks_are_few_and_do_not_touch(start: int, before: int, after: int) -> None:
    ticks = time_axis(start, start + before, start + before + after, 0.0, 800.0).ticks()
    assert len(ticks) <= 12
    places = [tick.x for tick in ticks]
    assert all(right - left >= 55 for left, right in pairwise(places))


def test_an_hour_after_days_of_silence_gets_most_of_the_width() -> None:
    axis = time_axis(ONSET - 5 * DAY, ONSET, ONSET + HOUR, 0.0, 1000.0)
    assert axis.seam == 380.0
    assert axis.x(ONSET + HOUR) - axis.x(ONSET) == 620.0


def test_one_scale_holds_where_it_shows_both_stretches() -> None:
    assert time_axis(ONSET - 2 * DAY, ONSET, ONSET + 2 * DAY, 0.0, 1000.0).seam is None


def test_ticks_stand_at_round_times() -> None:
    labels = [tick.label for tick in time_axis(ONSET - 20 * MINUTE, ONSET, ONSET + HOUR, 0.0, 700.0).ticks()]
    assert labels == ["13:45", "14:00", "14:15", "14:30", "14:45"]
    seconds = [tick.label for tick in time_axis(ONSET, ONSET, ONSET + 40 * SECOND, 0.0, 400.0).ticks()]
    assert seconds == ["14:00:15", "14:00:30"]


# --- marks


def test_kinds_met_most_keep_their_shapes() -> None:
    assert shapes_of(["share"])["share"] == shapes_of(["tag", "join", "share"])["share"] == "disc"


@given(st.lists(st.text(max_size=8), unique=True, max_size=11))
def test_up_to_eleven_kinds_have_shapes_of_their_own(kinds: list[str]) -> None:
    shapes = list(shapes_of(kinds).values())
    assert len(set(shapes)) == len(shapes)
    assert REST not in shapes


def test_further_kinds_share_a_shape() -> None:
    shapes = shapes_of([f"kind-{number}" for number in range(20)])
    assert list(shapes.values()).count(REST) == 9


@pytest.mark.parametrize("shape", sorted(set(shapes_of([str(n) for n in range(12)]).values())))
def test_marks_are_closed_outlines(shape: str) -> None:
    path = mark(shape, 10, 20, 4)
    assert path.startswith("M")
    assert path.endswith("z")


# --- timeline


def test_every_member_has_a_lane_and_every_act_of_the_ledger_a_mark() -> None:
    moment, exhibit = meeting()
    picture = drawn(moment, exhibit)
    assert [lane.number for lane in picture.lanes] == list(range(1, 9))
    assert sorted(one.at for one in picture.marks) == list(range(len(moment.ledger)))
    for one in picture.marks:
        act = moment.ledger[one.at]
        lane = picture.lanes[one.number - 1]
        assert lane.subject == act.subject
        assert abs(start_of(one.path)[1] - lane.y) <= picture.lane_height / 2


def test_lanes_stand_in_the_order_in_which_members_took_part() -> None:
    moment, exhibit = meeting(members=20, acts=60)
    first: list[str] = list(dict.fromkeys(act.subject for act in moment.ledger))
    assert [lane.subject for lane in drawn(moment, exhibit).lanes] == first


def test_onset_lies_inside_its_band_and_before_the_raising() -> None:
    moment, exhibit = meeting()
    picture = drawn(moment, exhibit)
    assert picture.left <= picture.onset_from <= picture.onset <= picture.onset_to <= picture.width
    assert picture.onset < picture.raised


def test_arcs_join_acts_on_the_same_context() -> None:
    moment, exhibit = meeting()
    joined = {arc.at for arc in drawn(moment, exhibit).arcs}
    # Every copy has an act before it on its context; a first act has none.
    assert joined <= {at for at, act in enumerate(moment.ledger) if act.with_}
    assert len(joined) >= 10


@pytest.mark.parametrize(("members", "named"), [(8, True), (40, True), (80, False), (160, False)])
def test_lanes_have_names_while_there_is_room(members: int, named: bool) -> None:
    moment, exhibit = meeting(members=members, acts=2 * members)
    picture = drawn(moment, exhibit)
    assert picture.named is named
    assert picture.height < 900


def test_an_act_stands_once_though_lanes_and_ledger_hold_it() -> None:
    moment, exhibit = meeting()
    acts = acts_of(moment, exhibit)
    assert sum(act.at is not None for act in acts) == len(moment.ledger)
    assert len(acts) == len(exhibit.lanes)


def test_an_act_of_the_ledger_beyond_the_lanes_is_drawn_too() -> None:
    moment, exhibit = meeting()
    assert len(drawn(moment, replace(exhibit, lanes=())).marks) == len(moment.ledger)
    assert len(drawn(moment, None).marks) == len(moment.ledger)


@given(st.integers(1, 400), st.integers(0, 300))
@settings(max_examples=20)
def test_thinning_keeps_the_strongest_and_an_even_sample(acts_most: int, besides_most: int) -> None:
    moment, exhibit = meeting(members=12, acts=80)
    acts = acts_of(moment, exhibit)
    kept = thinned_acts(acts, moment, acts_most=acts_most, besides_most=besides_most)
    in_ledger = [act.at for act in kept if act.at is not None]
    assert len(in_ledger) == min(acts_most, 80)
    weakest = min(moment.ledger[at].bits for at in in_ledger)
    assert all(act.bits <= weakest for at, act in enumerate(moment.ledger) if at not in in_ledger)
    assert len(kept) - len(in_ledger) == min(besides_most, len(acts) - 80)


def test_the_sparkline_is_small_whatever_the_moment() -> None:
    moment, exhibit = meeting(members=150, acts=3000, besides_a_day=10)
    acts = acts_of(moment, exhibit)
    picture = sparkline(moment, acts, numbers_of(moment), exhibit.onset_between[0])
    assert len(picture.ledger) + len(picture.besides) < 20_000
    assert 0 < picture.onset < picture.width


# --- network


def test_the_same_ties_give_the_same_picture() -> None:
    assert tied(*meeting(seed=9)) == tied(*meeting(seed=9))


def test_new_ties_are_those_without_a_tie_before() -> None:
    moment, exhibit = meeting()
    tie = exhibit.ties_after[0]
    known = replace(exhibit, ties_before=(Tie(tie.b, tie.a, 1),))
    numbers = numbers_of(moment)
    old = [(line.a, line.b) for line in tied(moment, known).after if not line.new]
    assert old == [tuple(sorted((numbers[tie.a], numbers[tie.b])))]


@pytest.mark.parametrize(
    ("members", "circles", "unplaced"),
    [(2, 1, 0), (2, 2, 0), (8, 6, 0), (9, 3, 9), (40, 5, 4), (150, 9, 30), (150, 60, 0), (200, 1, 0)],
)
def test_grounds_stand_apart_and_hold_their_members(members: int, circles: int, unplaced: int) -> None:
    moment, exhibit = meeting(members=members, circles=circles, unplaced=unplaced, acts=3 * members)
    picture = tied(moment, exhibit)
    assert len(picture.nodes) == members
    for at, one in enumerate(picture.grounds):
        for other in picture.grounds[:at]:
            assert math.hypot(one.x - other.x, one.y - other.y) >= one.r + other.r - 2
    grounds = {ground.circle: ground for ground in picture.grounds}
    for node in picture.nodes:
        assert picture.left <= node.x <= picture.left + picture.width
        assert picture.top <= node.y <= picture.top + picture.height
        if (ground := grounds.get(node.circle)) is not None:
            assert math.hypot(node.x - ground.x, node.y - ground.y) <= ground.r
    places = {(node.x, node.y) for node in picture.nodes}
    assert len(places) == members


def test_many_ties_are_bundled_and_none_is_lost() -> None:
    moment, exhibit = meeting(seed=3, members=40, circles=5, acts=400, contexts=30)
    picture = tied(moment, exhibit)
    assert picture.bundled
    assert picture.after == ()
    inside = sum(ground.inner_after for ground in picture.grounds)
    assert sum(bundle.pairs for bundle in picture.after_bundles) + inside == len(exhibit.ties_after)


def test_large_networks_are_bundled_and_not_numbered() -> None:
    moment, exhibit = meeting(members=NUMBERED_MOST + 1, acts=70)
    picture = tied(moment, exhibit)
    assert picture.bundled
    assert not picture.numbered


# --- evidence over time


def test_the_curve_crosses_the_threshold_where_the_moment_was_raised() -> None:
    moment, exhibit = meeting()
    picture = bits_curve(exhibit.curve, exhibit.threshold, moment.onset, moment.raised)
    assert picture is not None
    before = [point for point in exhibit.curve if point.time < moment.raised]
    assert all(point.net < exhibit.threshold for point in before)
    assert picture.last[1] < picture.threshold
    assert picture.top <= picture.threshold <= picture.bottom
    assert picture.left <= picture.onset < picture.raised <= picture.right


@given(
    st.lists(st.tuples(st.integers(0, 10**13), st.floats(-50, 600)), min_size=1, max_size=40),
    st.floats(0, 20),
)
def test_every_point_of_a_curve_is_inside_its_picture(
    points: list[tuple[int, float]], threshold: float
) -> None:
    curve = [CurvePoint(ONSET + time, net) for time, net in sorted(points)]
    picture = bits_curve(curve, threshold, ONSET, ONSET + HOUR)
    assert picture is not None
    for x in re.findall(r"[MH](-?[\d.]+)", picture.path):
        assert picture.left <= float(x) <= picture.right
    for y in re.findall(r"V(-?[\d.]+)", picture.path):
        assert picture.top <= float(y) <= picture.bottom
    assert 1 <= len(picture.levels) <= 10
    heights = sorted([level.y for level in picture.words] + [picture.threshold])
    assert all(below - above >= 14.9 for above, below in pairwise(heights))


def test_thinning_a_curve_keeps_its_ends_and_its_peak() -> None:
    curve = [CurvePoint(time, math.sin(time / 300)) for time in range(3000)]
    kept = thinned(curve, POINTS_MOST)
    assert len(kept) == POINTS_MOST
    assert (kept[0], kept[-1]) == (curve[0], curve[-1])
    assert max(point.net for point in kept) == max(point.net for point in curve)


def test_no_point_no_picture() -> None:
    assert bits_curve([], THRESHOLD, ONSET, ONSET) is None
    assert bits_curve([CurvePoint(ONSET, -math.inf)], THRESHOLD, ONSET, ONSET) is None


def test_a_shift_of_one_subject_has_one_lane() -> None:
    moment, exhibit = shift()
    assert len(drawn(moment, exhibit).lanes) == 1


def test_a_start_deep_below_zero_is_cut_off_and_said() -> None:
    curve = [CurvePoint(ONSET + hour * HOUR, -900.0 + 100 * hour) for hour in range(11)]
    picture = bits_curve(curve, THRESHOLD, ONSET, ONSET + 10 * HOUR)
    assert picture is not None
    assert picture.cut_off
    assert all(float(y) <= picture.bottom for y in re.findall(r"V(-?[\d.]+)", picture.path))
    shallow = bits_curve([CurvePoint(ONSET, -9.0)], THRESHOLD, ONSET, ONSET)
    assert shallow is not None
    assert not shallow.cut_off
