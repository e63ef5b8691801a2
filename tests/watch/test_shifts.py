"""Shifts and progressions: who changes is found, who does not is left alone, and weak kinds raise nothing."""

from __future__ import annotations

import numpy as np
import pytest
from made_stream import START
from numpy.typing import NDArray

from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.budget_shares import Detector
from lapwing.moments.finding import Finding
from lapwing.moments.ladder_file import is_weak, load, shipped, weak_kinds
from lapwing.moments.progressions import Steps
from lapwing.watch.batch import Batch
from lapwing.watch.engine import HOUR, Engine, Parameters
from lapwing.watch.error import StateError

DAY = 24 * HOUR
VOCABULARY = Vocabulary.load()
KINDS = list(VOCABULARY.kinds)
LADDERS = [Steps.of(load(name, VOCABULARY), VOCABULARY) for name in shipped()]
SORT_OF = np.zeros(len(KINDS), np.int32)
"""One sort of context, so that strata are kinds."""
TALK = [KINDS.index(kind) for kind in ("share", "post", "reply", "message")]
WEAK = weak_kinds(VOCABULARY)
SUBJECTS, DAYS = 60, 26.0
I64 = NDArray[np.int64]
Acts = tuple[NDArray[np.float64], I64, I64]


def usual(seed: int, daily: float = 4.0, bursts: int = 1, season: float = 0.0) -> Acts:
    """(time in days, subject, kind) of a population in which nothing begins."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(2.0, daily / 2.0, SUBJECTS) / bursts
    who = np.repeat(np.arange(SUBJECTS), rng.poisson(rate * DAYS))
    time = rng.uniform(0, DAYS, who.size)
    kept = rng.random(who.size) < 1.0 - season * (0.5 + 0.5 * np.cos(2 * np.pi * time))
    time, who = np.repeat(time[kept], bursts), np.repeat(who[kept], bursts)
    time = time + rng.exponential(0.01, time.size) * (bursts > 1)
    kind = np.array(TALK)[rng.choice(4, time.size, p=[0.5, 0.2, 0.2, 0.1])]
    return time, who.astype(np.int64), kind


def joined(*parts: Acts) -> Acts:
    """Acts together, in order of time, inside the days watched."""
    time, who, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(time, kind="stable")
    order = order[time[order] < DAYS]
    return time[order], who[order], kind[order]


def doing(
    rng: np.random.Generator, who: int, kinds: list[str], begin: float, end: float, daily: float
) -> Acts:
    """Further acts of one subject."""
    count = rng.poisson(daily * (end - begin))
    names = rng.choice([KINDS.index(kind) for kind in kinds], count)
    return rng.uniform(begin, end, count), np.full(count, who, np.int64), names


def without(acts: Acts, who: int, begin: float, end: float = DAYS) -> Acts:
    """The acts without those of one subject in some days."""
    gone = (acts[1] == who) & (acts[0] >= begin) & (acts[0] < end)
    return acts[0][~gone], acts[1][~gone], acts[2][~gone]


def batches(acts: Acts, one_place: bool = False) -> list[Batch]:
    """The acts, each on a context of its own (or those that are no talk all on one), cut at every hour."""
    time = START + (acts[0] * DAY).astype(np.int64)
    cuts = np.flatnonzero(np.diff(time // HOUR, prepend=-1))
    return [
        Batch(
            end=(int(time[first]) // HOUR + 1) * HOUR,
            first_row=int(first),
            time=time[first:end],
            subject=acts[1][first:end].astype(np.int32),
            context=np.where(
                one_place & ~np.isin(acts[2][first:end], TALK), 1, np.arange(first + 2, end + 2)
            ),
            stratum=acts[2][first:end].astype(np.int32),
            act=np.arange(first, end),
        )
        for first, end in zip(cuts, np.append(cuts[1:], time.size), strict=True)
    ]


def engine(budget: float = 30.0, circles: list[int] | None = None) -> Engine:
    made = Engine(Parameters(budget_days=budget), sort_of=SORT_OF, ladders=LADDERS, weak=WEAK)
    made.subjects([f"s{n}" for n in range(SUBJECTS)], [True] * SUBJECTS, circles)
    return made


CLUB = range(3, 9)
"""Six subjects that are known to move together, where circles are given."""
CIRCLES = [int(n in CLUB) for n in range(SUBJECTS)]


def found(
    acts: Acts, budget: float = 30.0, circles: list[int] | None = None, one_place: bool = False
) -> list[Finding]:
    watch = engine(budget, circles)
    return [finding for batch in batches(acts, one_place) for finding in watch.take(batch)]


def day(time: int) -> float:
    return (time - START) / DAY


def raised(findings: list[Finding]) -> dict[str, Finding]:
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.id, finding)
    return first


def louder() -> Acts:
    rng = np.random.default_rng(1)
    return joined(usual(0), doing(rng, 7, ["share", "reply"], 12.0, DAYS, 30.0))


def test_a_subject_that_acts_much_more_is_a_shift() -> None:
    moments = raised(found(louder()))
    assert {(one.type, one.members) for one in moments.values()} == {("shift", (7,))}
    first = next(iter(moments.values()))
    assert 12.0 <= day(first.raised) < 14.0
    assert abs(day(first.onset) - 12.0) < 0.5
    assert first.change is not None
    assert first.change.daily > 3 * first.change.usual_daily
    assert first.bits.when > 0
    assert first.bits.whom == 0
    assert first.bits.net == pytest.approx(first.bits.when + first.bits.what - first.bits.naming)


def club_and_strangers() -> Acts:
    """Six of one circle become louder in the same hours, and two others each on a day of its own."""
    rng = np.random.default_rng(2)
    parts = [doing(rng, who, ["share", "reply"], 12.0, 15.0, 14.0) for who in CLUB]
    parts += [doing(rng, 20, ["share"], 9.5, 13.0, 30.0), doing(rng, 30, ["share"], 17.5, 21.0, 30.0)]
    return joined(usual(0), *parts)


def test_members_of_a_circle_that_change_in_the_same_hours_are_one_moment() -> None:
    findings = found(club_and_strangers(), circles=CIRCLES)
    last = {finding.id: finding for finding in findings}
    groups = [one for one in last.values() if len(one.members) > 1]
    assert [set(one.members) <= set(CLUB) for one in groups] == [True]
    assert len(groups[0].members) >= 4
    assert groups[0].type == "shift"
    assert abs(day(groups[0].onset) - 12.0) < 0.5
    assert groups[0].change is not None
    assert groups[0].change.factor is not None
    assert groups[0].change.factor > 1.0
    assert {20, 30} <= {one.members[0] for one in last.values() if len(one.members) == 1}
    standing = [
        one.members for one in last.values() if one.raised < groups[0].raised + DAY and one.status != "closed"
    ]
    assert not any(set(members) < set(groups[0].members) for members in standing)


def copying(louder: float) -> list[Batch]:
    """Six of one circle take up one another's contexts from day 12 on, and act ``louder`` times as often."""
    rng = np.random.default_rng(4)
    parts = [doing(rng, who, ["share", "reply"], 12.0, 16.0, 4.0 * (louder - 1.0)) for who in CLUB]
    cut = batches(joined(usual(0), *parts))
    of_club = 0
    for batch in cut:
        for at in np.flatnonzero(np.isin(batch.subject, list(CLUB)) & (batch.time >= START + 12 * DAY)):
            of_club += 1
            if of_club % 3 == 0:
                batch.context[at] = 1_000_000 + of_club // 18
    return cut


def test_what_members_of_a_meeting_do_besides_adds_to_what_they_took_up() -> None:
    findings: list[Finding] = []
    watch = engine(circles=CIRCLES)
    for batch in copying(4.0):
        findings += watch.take(batch)
    meetings = {one.id: one for one in findings if one.type == "meeting"}
    both = [one for one in meetings.values() if one.bits.when > 0 and one.bits.whom > 0]
    assert both
    assert set(both[0].members) <= set(CLUB)
    assert both[0].change is not None
    for one in both:
        assert one.bits.net == pytest.approx(one.bits.when + one.bits.what + one.bits.whom - one.bits.naming)
    times = [one.raised for one in findings if len(one.members) > 1]
    alone = [one.raised for one in moments_of(copying(4.0), ("when", "what"), CIRCLES)]
    assert min(times) < min(alone, default=int(START + DAYS * DAY))


def test_what_is_known_of_a_group_survives_being_written_down() -> None:
    cut = batches(club_and_strangers())
    whole: list[Finding] = []
    watch = engine(circles=CIRCLES)
    for at, batch in enumerate(cut):
        if at == 13 * 24:
            watch = Engine.restore(
                Parameters(budget_days=30.0), SORT_OF, watch.state(), ladders=LADDERS, weak=WEAK
            )
        whole += watch.take(batch)
    assert whole == found(club_and_strangers(), circles=CIRCLES)


def test_a_background_that_swells_makes_nobody_look_silent() -> None:
    rng = np.random.default_rng(9)
    count = 40_000
    crowd = (rng.uniform(12, 16, count), np.full(count, -1, np.int64), np.full(count, TALK[0]))
    assert found(joined(usual(0), crowd)) == []
    steady = (rng.uniform(0, DAYS, count), np.full(count, -1, np.int64), np.full(count, TALK[0]))
    assert found(joined(usual(0), steady, crowd)) == []


def test_when_everybody_falls_silent_nobody_does() -> None:
    acts = usual(0)
    heard = (acts[0] < 14.0) | (acts[0] >= 18.0)
    assert found(joined((acts[0][heard], acts[1][heard], acts[2][heard]))) == []


def test_silence_is_a_shift_without_an_act_in_its_ledger() -> None:
    rng = np.random.default_rng(2)
    acts = without(joined(usual(0), doing(rng, 7, ["share", "post"], 0, DAYS, 6.0)), 7, 13.0)
    moments = raised(found(acts))
    assert {(one.type, one.members) for one in moments.values()} == {("shift", (7,))}
    first = next(iter(moments.values()))
    assert first.ledger == ()
    assert first.change is not None
    assert first.change.factor is not None
    assert first.change.factor < 1


def test_a_closed_file_that_comes_back_to_life_is_a_shift() -> None:
    rng = np.random.default_rng(3)
    acts = without(usual(0), 7, 1.0)
    moments = raised(found(joined(acts, doing(rng, 7, ["share", "reply"], 18.0, DAYS, 12.0))))
    assert {(one.type, one.members) for one in moments.values()} == {("shift", (7,))}
    assert all(day(one.raised) > 18.0 for one in moments.values())


def test_another_mix_of_kinds_is_a_shift() -> None:
    rng = np.random.default_rng(4)
    acts = joined(without(usual(0), 7, 0.0), doing(rng, 7, ["share"], 0.0, 12.0, 8.0))
    moments = raised(found(joined(acts, doing(rng, 7, ["forward", "reply"], 12.0, DAYS, 8.0))))
    assert {one.members for one in moments.values()} == {(7,)}
    first = next(iter(moments.values()))
    assert first.type == "shift"
    assert first.bits.what > first.bits.when
    assert first.change is not None
    assert first.change.mix


def climbing(kinds: list[list[str]], members: range = CLUB) -> Acts:
    rng = np.random.default_rng(5)
    parts = [usual(0)]
    for stage, of in enumerate(kinds):
        parts += [doing(rng, who, of, 11.0 + 4 * stage, 15.0 + 4 * stage, 1.2) for who in members]
    return joined(*parts)


def test_a_group_that_climbs_is_found_before_its_third_stage() -> None:
    acts = climbing([["admit", "invite"], ["train", "instruct"], ["survey"]])
    moments = raised(found(acts, circles=CIRCLES))
    progressions = [one for one in moments.values() if one.type == "progression"]
    assert progressions
    assert day(progressions[0].raised) < 19.0
    assert len(progressions[0].members) > 1
    assert set(progressions[0].members) <= set(CLUB)
    assert progressions[0].climb is not None
    assert progressions[0].stage is not None
    assert progressions[0].stage.startswith("preparation / ")


def test_what_is_done_in_one_place_that_all_go_to_is_no_progression() -> None:
    acts = climbing([["admit", "invite"], ["train", "instruct"], ["survey"]])
    moments = raised(found(acts, circles=CIRCLES, one_place=True))
    assert [one for one in moments.values() if one.type == "progression"] == []


def test_a_kind_is_as_likely_as_it_is_among_acts_on_new_contexts() -> None:
    rng = np.random.default_rng(8)
    time, who, _ = joined(usual(6, daily=12.0))
    copied = rng.random(time.size) < 0.15
    kind = np.where(copied, KINDS.index("copy"), KINDS.index("share"))
    cut = batches((time, who, kind))
    for batch in cut:
        old = batch.stratum == KINDS.index("share")
        batch.context[old] = 1_000_000 + 3 * batch.subject[old] + batch.act[old] % 3
    watch = engine()
    assert [one for batch in cut for one in watch.take(batch) if one.type == "progression"] == []
    held = watch._conduct.recent.held
    new = held.chance > 0.0
    assert np.median(held.chance[new & (held.kind == KINDS.index("copy"))]) > 0.8  # 0.15 among all acts


def test_strangers_who_climb_in_the_same_days_are_no_group() -> None:
    acts = climbing([["admit", "invite"], ["train", "instruct"], ["survey"]])
    moments = raised(found(acts, circles=list(range(SUBJECTS))))
    progressions = [one for one in moments.values() if one.type == "progression"]
    assert progressions
    assert {len(one.members) for one in progressions} == {1}


def test_a_group_whose_new_acts_are_weak_or_mere_talk_is_no_progression() -> None:
    weak = [name for name, kind in VOCABULARY.kinds.items() if is_weak(kind)]
    assert {"message", "follow", "visit"} <= set(weak)
    moments = raised(found(climbing([["message", "call"], ["follow", "like"], ["visit", "tag"]])))
    assert [one for one in moments.values() if one.type == "progression"] == []


def gathering(kinds: list[str], mine: int = 0) -> list[Batch]:
    """Six act four times as often from day 12 on, these kinds, on contexts that they take up from one another;
    ``mine`` of ten of these acts forward them instead."""
    rng = np.random.default_rng(6)
    cut = batches(joined(usual(0), *(doing(rng, who, kinds, 12.0, 18.0, 12.0) for who in CLUB)))
    numbers = [KINDS.index(kind) for kind in kinds]
    of_club = 0
    for batch in cut:
        here = np.isin(batch.subject, list(CLUB)) & (batch.time >= START + 12 * DAY)
        for at in np.flatnonzero(here & np.isin(batch.stratum, numbers)):
            of_club += 1
            batch.context[at] = 1_000_000 + of_club // 12
            if of_club % 10 < mine:
                batch.stratum[at] = KINDS.index("forward")
    return cut


CALLS_TO_PROTEST = ["post", "reply", "tag", "mention", "like", "message"]
"""What people do who talk about their belief, or call one another to a protest."""


def moments_of(
    cut: list[Batch],
    without: tuple[Detector, ...] = (),
    circles: list[int] | None = None,
    weak: bool = True,
) -> list[Finding]:
    """What is raised without some detectors, or with no kind being weak."""
    watch = Engine(
        Parameters(budget_days=30.0), sort_of=SORT_OF, ladders=LADDERS, without=without,
        weak=WEAK if weak else None,
    )  # fmt: skip
    watch.subjects([f"s{n}" for n in range(SUBJECTS)], [True] * SUBJECTS, circles or [-1] * SUBJECTS)
    return [finding for batch in cut for finding in watch.take(batch)]


def test_a_group_that_only_talks_about_belief_or_protest_is_never_a_moment() -> None:
    """Were these kinds not weak, it would be one, whichever detectors look."""
    assert all(is_weak(VOCABULARY.kinds[kind]) for kind in CALLS_TO_PROTEST)
    for without in ((), ("when", "what"), ("whom",)):
        assert moments_of(gathering(CALLS_TO_PROTEST), without) == []
        assert moments_of(gathering(CALLS_TO_PROTEST), without, weak=False)


def test_weak_acts_count_as_far_as_others_speak_for_the_same() -> None:
    cut = gathering(CALLS_TO_PROTEST, mine=1)
    begun = [moments_of(cut, ("when", "what"), weak=weak)[0] for weak in (False, True)]
    assert {one.type for one in begun} == {"meeting"}
    assert begun[0].raised < begun[1].raised
    assert begun[0].bits.net < begun[1].bits.net


def test_one_who_only_talks_more_is_no_shift() -> None:
    rng = np.random.default_rng(1)
    acts = joined(usual(0), doing(rng, 7, ["post", "reply"], 12.0, DAYS, 30.0))
    assert found(acts) == []


def test_shifts_and_progressions_survive_being_put_down_at_every_bin() -> None:
    acts = joined(louder(), climbing([["admit", "train"], ["train", "instruct"], ["survey"]]))
    whole = found(acts)
    watch, again = engine(), []
    for batch in batches(acts):
        again += watch.take(batch)
        if batch.end % (7 * HOUR) == 0:
            watch = Engine.restore(watch.parameters, SORT_OF, watch.state(), ladders=LADDERS, weak=WEAK)
    assert again == whole
    assert {one.type for one in whole} == {"shift", "progression"}


def test_a_subject_that_left_the_watch_is_stated_no_more() -> None:
    watch, after = engine(), []
    for batch in batches(louder()):
        said = watch.take(batch)
        if day(batch.end) == 11.0:
            watch.watch_only([7], False)
        after += said
    assert after == []


def test_the_state_of_another_engine_is_refused() -> None:
    state = engine().state()
    del state["conduct.both"]
    with pytest.raises(StateError, match="name a new folder and read all events again"):
        Engine.restore(Parameters(), SORT_OF, state, ladders=LADDERS)


def late_crowd(seed: int) -> Acts:
    """Two regular subjects for eight days; then everybody else comes, and acts in bursts."""
    time, who, kind = usual(seed, daily=6.0, bursts=6)
    crowd = (who > 1) & (time > 8.0)
    few = usual(seed + 1000)
    regular = few[1] <= 1
    return joined((time[crowd], who[crowd], kind[crowd]), (few[0][regular], few[1][regular], few[2][regular]))


def test_a_stream_that_begins_with_two_subjects_tells_nothing_of_those_who_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anew = sum(len(raised(found(late_crowd(seed)))) for seed in range(4))
    monkeypatch.setattr("lapwing.moments.conduct.MORE", 1e9)
    once = sum(len(raised(found(late_crowd(seed)))) for seed in range(4))
    assert anew <= 4 < once


RUNS, BUDGET = 40, 20.0


@pytest.mark.claim
@pytest.mark.parametrize("shape", [{}, {"season": 0.9}, {"bursts": 4}], ids=["poisson", "season", "bursts"])
def test_null_streams_raise_no_more_shifts_than_the_budget_allows(shape: dict[str, float]) -> None:
    days = DAYS - 7
    alarms = sum(bool(found(joined(usual(seed, **shape)), BUDGET)) for seed in range(RUNS))  # type: ignore[arg-type]
    allowed = min(days / BUDGET, 1.0)
    assert alarms / RUNS <= allowed
    many = sum(len(raised(found(joined(usual(seed, **shape)), BUDGET))) for seed in range(RUNS // 4))  # type: ignore[arg-type]
    mean = RUNS // 4 * days / BUDGET
    assert many <= mean + 2 * np.sqrt(mean)
