"""With whom: the evidence of a group equals a naive twin, and what is no evidence brings none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence import restart, whom
from lapwing.evidence.restart import CAP, GAP, HABITS, MODELS, RHO, RHO0, SHARES0, STARTS
from lapwing.evidence.touches import Touches, new_touches
from lapwing.evidence.whom import DAY, SECOND, TAU

HOUR = 3_600 * SECOND
SUBJECTS, SORTS, BASE = 5, 2, 40
BEGAN = 16_000 * DAY + 7 * HOUR


@dataclass(frozen=True)
class Row:
    """One touch of an act; ``rows`` counts the contexts of the act, repeats included."""

    time: int
    subject: int
    sort: int
    context: int
    chance: float
    act: int
    rows: int


@st.composite
def streams(draw: st.DrawFn) -> list[Row]:
    """Acts with waits from none to over a week, on few contexts, so that much is shared."""
    waits = st.sampled_from([0, 1, 60, 600, 3_600, 20_000, 90_000, 200_000, 800_000])
    chances = st.sampled_from([1e-6, 1e-4, 1e-3, 0.01, 0.2, 1.0])
    act = st.tuples(
        waits,
        st.integers(0, SUBJECTS - 1),
        st.lists(st.tuples(st.integers(1, 6), chances), min_size=1, max_size=3, unique_by=lambda c: c[0]),
        st.integers(0, 2),
    )
    rows, now, touched = [], BEGAN, set()
    for number, (wait, who, contexts, repeats) in enumerate(draw(st.lists(act, min_size=2, max_size=24))):
        now += wait * SECOND
        new = [(c, p) for c, p in contexts if (who, c) not in touched]
        touched |= {(who, c) for c, _ in new}
        rows += [Row(now, who, c % SORTS, c, p, number, len(new) + repeats) for c, p in new]
    return rows


def taken(rows: list[Row]) -> tuple[Touches, whom.I64]:
    """The rows as annotated touches with their links, and the last touch of every subject."""
    found = new_touches(len(rows))
    last_of: dict[int, int] = {}
    last_own = np.full(SUBJECTS, -1, np.int64)
    for i, row in enumerate(rows):
        for name in ("time", "subject", "sort", "context", "chance", "act", "rows"):
            getattr(found, name)[i] = getattr(row, name)
        found.previous[i] = BASE + i - last_of.get(row.context, BASE + i)
        found.own[i] = BASE + i - last_own[row.subject] if last_own[row.subject] >= 0 else 0
        last_of[row.context] = last_own[row.subject] = BASE + i
    return found, last_own


def sheet_of(rows: list[Row], members: list[int]) -> whom.Sheet:
    found, last_own = taken(rows)
    return whom.gather(np.array(members, np.int32), found, BASE, last_own)


def trace(rows: list[Row], members: list[int], since: int) -> tuple[restart.Trace, whom.Acts]:
    acts = whom.everyone(sheet_of(rows, members))
    return restart.trace(acts, since), acts


@dataclass(frozen=True)
class Act:
    time: int
    who: int
    touches: list[Row]
    gain: list[float]
    offered: list[float]
    hit: bool


def naive_acts(rows: list[Row], members: list[int]) -> list[Act]:
    """``x_tau - q_tau`` and ``q_tau`` of every act, each from all that lies before it."""
    mine = [row for row in rows if row.subject in members]
    acts: list[Act] = []
    for number in sorted({row.act for row in mine}):
        now_rows = [row for row in mine if row.act == number]
        now, who = now_rows[0].time, now_rows[0].subject
        past = [row for row in mine if row.act < number and row.subject != who]
        x, q, hit = [0.0] * len(TAU), [0.0] * len(TAU), False
        for row in now_rows:
            for t, tau in enumerate(TAU):
                m = {
                    other: sum(
                        math.exp(-(now - p.time) / tau)
                        for p in past
                        if p.subject == other and p.sort == row.sort
                    )
                    for other in members
                }
                active = sum(min(1.0, m[other]) for other in members if other != who)
                q[t] += min(1.0, active)
                for source in past:
                    if source.context == row.context:
                        hit = True
                        pi = (
                            math.exp(-(now - source.time) / tau)
                            / max(1.0, m[source.subject])
                            / max(1.0, active)
                        )
                        x[t] += pi / float(np.float32(row.chance))
        contexts = now_rows[0].rows
        gain = [(x[t] - q[t]) / contexts for t in range(len(TAU))]
        offered = [(q[t] + contexts - len(now_rows)) / contexts for t in range(len(TAU))]
        acts.append(Act(now, who, now_rows, gain, offered, hit))
    return acts


def lift(act: Act, t: int) -> float:
    q = act.offered[t]
    return min(1.0, math.e * q) * ((act.gain[t] + q) / q - 1.0) if q > 0 else 0.0


def naive_usual(acts: list[Act], day: int) -> list[float]:
    """Posterior mean of the share of copied acts, from all acts that lie a gap before the day."""
    weight = {(t, k): HABITS / len(TAU) * SHARES0[k] for t in range(len(TAU)) for k in range(len(RHO0))}
    none = 1.0 - HABITS
    for act in acts:
        if act.time < day * DAY - GAP:
            for t, k in weight:
                weight[t, k] *= 1.0 + RHO0[k] * lift(act, t)
    norm = none + sum(weight.values())
    return [sum(weight[t, k] * RHO0[k] for k in range(len(RHO0))) / norm for t in range(len(TAU))]


def naive_ratio(act: Act, usual: list[float], t: int, rho: float) -> float:
    as_usual = 1.0 + sum(c * lift(act, t) for t, c in enumerate(usual))
    q = act.offered[t]
    return float(min(1.0 + rho * ((act.gain[t] + q) / as_usual - q), 2.0**CAP))


def naive_parts(acts: list[Act], since: int) -> dict[tuple[int, int], float]:
    """By day of start and model: sum over all starts of their mass times all ratios from there on."""
    today = acts[-1].time // DAY
    parts = {}
    for day in range(today - STARTS + 1, today + 1):
        usual = naive_usual(acts, day)
        for t in range(len(TAU)):
            for k, rho in enumerate(RHO):
                total = 0.0
                for i, act in enumerate(acts):
                    if act.time // DAY == day:
                        before = acts[i - 1].time if i else act.time
                        mass = max(act.time - max(before, since), 0) / DAY
                        total += mass * math.prod(naive_ratio(later, usual, t, rho) for later in acts[i:])
                parts[day, t * len(RHO) + k] = total
    return parts


MEMBERS = st.lists(st.integers(0, SUBJECTS - 1), min_size=2, max_size=SUBJECTS, unique=True).map(sorted)


@settings(max_examples=120, deadline=None)
@given(streams(), MEMBERS, st.sampled_from([0, BEGAN, BEGAN + 10 * HOUR, BEGAN + 3 * DAY]))
def test_evidence_of_a_group_equals_its_naive_twin(rows: list[Row], members: list[int], since: int) -> None:
    naive = naive_acts(rows, members)
    path, acts = trace(rows, members, since)
    sheet = sheet_of(rows, members)
    assert acts.time.tolist() == [act.time for act in naive]
    assert sheet.seq.tolist() == [BASE + i for i, row in enumerate(rows) if row.subject in members]
    assert np.diff(np.append(acts.first, len(sheet.seq))).tolist() == [len(act.touches) for act in naive]
    assert acts.hit.tolist() == [act.hit for act in naive]
    np.testing.assert_allclose(
        acts.gain, np.array([act.gain for act in naive]).reshape(-1, len(TAU)), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        acts.offered, np.array([act.offered for act in naive]).reshape(-1, len(TAU)), rtol=1e-9, atol=1e-12
    )
    for i in range(len(naive)):
        total = sum(naive_parts(naive[: i + 1], since).values()) / MODELS
        assert path.path[i] == pytest.approx(math.log2(total) if total > 0 else -math.inf, rel=1e-9, abs=1e-8)
    if naive:
        assert restart.log2_r(acts, since) == pytest.approx(path.path[-1], rel=1e-9, abs=1e-8)
        for (day, model), value in naive_parts(naive, since).items():
            if value > 0:
                assert path.parts[day % STARTS, model] == pytest.approx(math.log2(value), rel=1e-9, abs=1e-8)
            assert path.usual[day % STARTS] == pytest.approx(naive_usual(naive, day), rel=1e-9)


@settings(max_examples=80, deadline=None)
@given(streams(), MEMBERS)
def test_any_group_on_a_sheet_is_weighed_as_on_its_own_sheet(rows: list[Row], members: list[int]) -> None:
    sheet = sheet_of(rows, list(range(SUBJECTS)))
    chosen = np.isin(np.arange(SUBJECTS), members)
    acts = whom.copying(sheet, chosen, np.zeros(SUBJECTS, np.int32))
    alone = whom.everyone(sheet_of(rows, members))
    np.testing.assert_allclose(acts.gain, alone.gain, atol=1e-12)
    assert acts.time.tolist() == alone.time.tolist()
    assert acts.hit.tolist() == alone.hit.tolist()


@settings(max_examples=80, deadline=None)
@given(streams(), MEMBERS, st.integers(0, SUBJECTS - 1))
def test_one_member_more_or_less_is_weighed_as_anew(rows: list[Row], members: list[int], one: int) -> None:
    sheet = sheet_of(rows, list(range(SUBJECTS)))
    chosen = np.isin(np.arange(SUBJECTS), members)
    m = whom.active(sheet)
    present = np.zeros(m.shape[1:])
    for member in members:
        present = whom.joined(sheet, m, present, member, 1.0)
    for _ in range(2):  # one is turned over, and turned back
        present = whom.joined(sheet, m, present, one, -1.0 if chosen[one] else 1.0)
        chosen[one] = not chosen[one]
        turned = whom.among(sheet, chosen, m, present)
        anew = whom.copying(sheet, chosen, np.zeros(SUBJECTS, np.int32))
        np.testing.assert_allclose(turned.gain, anew.gain, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(turned.offered, anew.offered, atol=1e-9)
        assert turned.time.tolist() == anew.time.tolist()
        assert turned.hit.tolist() == anew.hit.tolist()
        assert turned.first.tolist() == anew.first.tolist()


@settings(max_examples=80, deadline=None)
@given(streams(), st.lists(st.integers(0, 1), min_size=SUBJECTS, max_size=SUBJECTS))
def test_parts_of_a_group_take_up_contexts_of_their_own_part_only(rows: list[Row], part: list[int]) -> None:
    sheet = sheet_of(rows, list(range(SUBJECTS)))
    acts = whom.copying(sheet, np.ones(SUBJECTS, np.bool_), np.array(part, np.int32))
    who = sheet.who[acts.first]
    for side in (0, 1):
        members = [subject for subject in range(SUBJECTS) if part[subject] == side]
        alone = whom.everyone(sheet_of(rows, members))
        np.testing.assert_allclose(acts.gain[np.isin(who, members)], alone.gain, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1_500), st.integers(0, 3), st.integers(0, 5))
def test_the_quick_form_carries_long_misses_and_strong_evidence(misses: int, hits: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = misses + 40 * hits
    offered = rng.choice([0.0, 0.02, 0.5, 1.0], (n, len(TAU)))
    gain = np.where((rng.permutation(n) < misses)[:, None], -offered, rng.uniform(1, 1e5, (n, len(TAU))))
    acts = whom.Acts(
        BEGAN + np.arange(n) * (9 * DAY // n), gain, offered, gain[:, 0] > 0, np.arange(n, dtype=np.int32)
    )
    path = restart.trace(acts, BEGAN + DAY)
    assert restart.log2_r(acts, BEGAN + DAY) == pytest.approx(path.path[-1], rel=1e-9, abs=1e-6)


@settings(max_examples=120, deadline=None)
@given(streams(), MEMBERS, st.sampled_from([0, BEGAN + 10 * HOUR]), st.sampled_from([0, HOUR, 30 * DAY]))
def test_onset_equals_its_naive_twin(rows: list[Row], members: list[int], since: int, late: int) -> None:
    acts = naive_acts(rows, members)
    if not acts:
        return
    path, taken_acts = trace(rows, members, since)
    until = acts[-1].time - 2 * HOUR + late
    today = acts[-1].time // DAY
    model = int(np.argmax(path.parts)) % (len(TAU) * len(RHO))
    t, rho = model // len(RHO), float(RHO[model % len(RHO)])
    weight: dict[int, float] = {}
    for i, act in enumerate(acts):
        if act.time // DAY > today - STARTS and since <= act.time < until:
            usual = naive_usual(acts, act.time // DAY)
            wait = act.time - acts[i - 1].time if i else 0
            after = sum(math.log2(naive_ratio(later, usual, t, rho)) for later in acts[i:])
            weight[i] = after + math.log2(max(wait, SECOND) / DAY)
    found = restart.onset(path, taken_acts, since, until)
    usual = naive_usual(acts, acts[found.begin].time // DAY)
    np.testing.assert_allclose(
        found.bits[found.begin :],
        [math.log2(naive_ratio(act, usual, t, rho)) for act in acts[found.begin :]],
        rtol=1e-9,
        atol=1e-9,
    )
    if not weight:
        assert found.earliest == found.begin == found.latest
        return
    peak = max(weight.values())
    assert weight[found.begin] == pytest.approx(peak, abs=1e-8)
    mass = {i: 2.0 ** (w - peak) for i, w in weight.items()}
    total = sum(mass.values())
    before = sum(m for i, m in mass.items() if i < found.earliest)
    up_to = sum(m for i, m in mass.items() if i <= found.latest)
    assert before <= 0.05 * total * (1 + 1e-9)
    assert up_to >= 0.95 * total * (1 - 1e-9)
    assert found.earliest <= found.begin <= found.latest


@settings(max_examples=60, deadline=None)
@given(streams(), MEMBERS)
def test_no_act_brings_more_than_the_cap(rows: list[Row], members: list[int]) -> None:
    acts = trace(rows, members, 0)[1]
    for model in range(MODELS):
        assert (restart.bits_of(acts.gain, acts.offered, model, np.zeros(len(TAU))) <= CAP).all()


@settings(max_examples=60, deadline=None)
@given(streams(), MEMBERS)
def test_what_nobody_else_of_the_group_touched_is_evidence_against_it(
    rows: list[Row], members: list[int]
) -> None:
    acts = trace(rows, members, 0)[1]
    for model in range(MODELS):
        bits = restart.bits_of(acts.gain, acts.offered, model, np.zeros(len(TAU)))
        assert (bits[~acts.hit] <= 0).all()


def shared(times: list[float], chance: float, rows: int = 1) -> list[Row]:
    """Two subjects, who touch one new context after the other at these days, the second an hour later."""
    return [
        Row(BEGAN + int(day * DAY) + who * HOUR, who, 0, 100 + n, chance, 2 * n + who, rows)
        for n, day in enumerate(times)
        for who in (0, 1)
    ]


def evidence(rows: list[Row], since: int = BEGAN + DAY) -> float:
    return float(trace(rows, [0, 1], since)[0].path[-1])


def test_rare_contexts_say_more_than_common_ones() -> None:
    days = [2.0, 2.3, 2.6, 3.0]
    bits = [evidence(shared(days, chance)) for chance in (1e-6, 1e-4, 1e-2, 1.0)]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 9 > 0 > bits[-1]


def test_a_pair_that_always_shared_is_as_usual() -> None:
    began, ever = [12.0, 12.3, 12.6, 13.0], [d / 3 for d in range(40)]
    trained = BEGAN + 7 * DAY
    assert evidence(shared(began, 1e-4), trained) > 9
    assert evidence(shared(ever, 1e-4), trained) < 4
    often = [d / 10 for d in range(133)]
    assert evidence(shared(often, 1e-4), trained) < 4


def test_an_act_that_carries_many_contexts_has_one_vote() -> None:
    one = shared([2.0], 1e-4)
    both = [Row(r.time, r.subject, 0, c, r.chance, r.act, 5) for r in one for c in range(100, 105)]
    assert evidence(both) == pytest.approx(evidence(one), abs=0.4)


def test_to_act_while_all_others_slept_is_no_evidence() -> None:
    rows = [Row(BEGAN, 0, 0, 100, 1e-4, 0, 1), Row(BEGAN + DAY, 1, 0, 101, 1e-4, 1, 1)]
    acts = trace(rows, [0, 1], 0)[1]
    within_an_hour, within_a_week = (
        [
            restart.bits_of(acts.gain, acts.offered, memory * len(RHO) + k, np.zeros(len(TAU)))[1]
            for k in range(len(RHO))
        ]
        for memory in (0, 2)
    )
    assert within_an_hour == pytest.approx([0.0] * len(RHO), abs=1e-6)
    assert within_a_week == pytest.approx(np.log2(1.0 - RHO * math.exp(-1 / 7)).tolist())


@pytest.mark.claim
def test_as_usual_an_act_neither_gains_nor_gives_away() -> None:
    """Four who choose alone among 400 contexts, a touch every eight hours: the mean of an act's ratio is 1. Were every
    act weighed as if there had always been something to copy, it would be 0.6 for the pace of an hour."""
    rng, contexts = np.random.default_rng(7), 400
    ratios = []
    for _ in range(3_000):
        times = np.sort(rng.integers(0, 2 * DAY, 6))
        rows = [
            Row(
                BEGAN + int(time),
                int(rng.integers(4)),
                0,
                1 + int(rng.integers(contexts)),
                1 / contexts,
                n,
                1,
            )
            for n, time in enumerate(times)
        ]
        if len({(row.subject, row.context) for row in rows}) < len(rows):
            continue
        acts = trace(rows, [0, 1, 2, 3], 0)[1]
        ratios.append(1.0 + RHO[-1] * acts.gain[-1])
    mean, error = np.mean(ratios, axis=0), np.std(ratios, axis=0) / math.sqrt(len(ratios))
    assert (mean <= 1.0 + 3 * error).all()
    assert (mean >= 0.97 - 3 * error).all()
    assert (error < 0.12).all()
