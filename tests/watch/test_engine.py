"""The engine: what it knows can be put down and taken up at any border, and its promise holds on null streams."""

from __future__ import annotations

import numpy as np
import pytest
from made_stream import OTHERS, SORTS, START, Stream, days, engine_for, findings

import lapwing.watch.engine as watching
from lapwing.evidence.whom import DAY
from lapwing.moments.finding import Finding
from lapwing.watch.engine import Engine, Parameters

SHORT = Parameters(training=3 * DAY, window=8 * DAY, horizon=16 * DAY, circle_every=2 * DAY)


def meeting(length: float = 9, background: int = 0) -> Stream:
    """Eight of six hundred who begin to copy one another on the fourth day, among so many acts by background."""
    rng, stream = np.random.default_rng(2), Stream(600, length)
    stream.background_choices(rng, 3.0)
    stream.copy_one_another(rng, range(8), 4, length, daily=5, copied=0.7)
    stream.add(rng.uniform(0, length, background), -1, rng.integers(0, 20_000, background))
    return stream


@pytest.mark.parametrize(("given", "background"), [(False, 0), (True, 0), (False, 30_000)])
def test_an_engine_restored_at_every_border_says_the_same(given: bool, background: int) -> None:
    stream = meeting(background=background)
    circles = [n % 3 for n in range(600)] if given else None
    whole = findings(stream, SHORT, circles=circles)
    engine, found = engine_for(stream, SHORT, circles=circles), []
    for batch in stream.batches():
        found += engine.take(batch)
        engine = Engine.restore(SHORT, SORTS, engine.state(), without=OTHERS)
    assert found == whole
    assert whole


def test_putting_down_what_is_known_changes_nothing() -> None:
    stream = meeting(7)
    engine, found = engine_for(stream, SHORT), []
    for batch in stream.batches():
        found += engine.take(batch)
        engine.state()
    assert found == findings(stream, SHORT)


def test_nothing_is_raised_in_training() -> None:
    rng, stream = np.random.default_rng(3), Stream(600, 9)
    stream.background_choices(rng, 3.0)
    stream.copy_one_another(rng, range(8), 0, 9, daily=8, copied=0.8)
    assert all(days(finding.raised) >= 3 for finding in findings(stream, SHORT))
    assert findings(stream, Parameters(training=20 * DAY)) == []


def test_findings_depend_on_the_past_only() -> None:
    stream = meeting()
    whole = findings(stream, SHORT)
    cut = Stream(
        600, 7, [tuple(column[t < START + 7 * DAY] for column in (t, s, c, a)) for t, s, c, a in stream.rows]
    )  # type: ignore[misc]
    assert findings(cut, SHORT) == whole[: len(findings(cut, SHORT))]


def test_a_rarer_false_alarm_is_raised_later() -> None:
    first = [
        findings(meeting(), Parameters(training=3 * DAY, budget_days=budget))[0].raised
        for budget in (1.0, 1e4, 1e12)
    ]
    assert first == sorted(first)
    assert first[0] < first[-1]


def test_memory_is_bounded_by_the_window() -> None:
    rng, stream = np.random.default_rng(4), Stream(200, 60)
    stream.background_choices(rng, 2.0)
    engine, sizes = engine_for(stream, SHORT), []
    for batch in stream.batches():
        engine.take(batch)
        if batch.end % DAY == 0:
            state = engine.state()
            sizes.append(sum(array.nbytes for array in state.values()))
            assert days(int(state["found.time"][0])) > days(batch.end) - 8 * 4 / 3 - 1
    # the tables are twice as full before they are cleared as after it
    assert max(sizes[-20:]) < 1.3 * max(sizes[20:40])


def test_memory_is_bounded_where_nobody_but_background_acts() -> None:
    rng, stream = np.random.default_rng(5), Stream(10, 4)
    stream.background_choices(rng, 3.0)
    stream.days = 40
    acts = stream.acts
    stream.add(rng.uniform(4, 40, 20_000), -1, rng.integers(0, 5_000, 20_000))
    engine, sizes = engine_for(stream, SHORT), []
    for batch in stream.batches():
        engine.take(batch)
        if batch.end % DAY == 0:
            state = engine.state()
            sizes.append(sum(array.nbytes for array in state.values()))
            if batch.end > START + 20 * DAY:
                assert days(int(state["background.time"][0])) > days(batch.end) - 8 * 4 / 3 - 1
            engine = Engine.restore(SHORT, SORTS, state, without=OTHERS)
    assert state["found.time"].size == 0
    assert state["background.time"].size > 0
    assert max(sizes[-10:]) < 1.3 * max(sizes[15:25])
    assert engine.oldest_row > acts, "nobody asks for what was forgotten"


def test_marks_and_names_must_be_as_many() -> None:
    engine = Engine(Parameters(), sort_of=SORTS)
    with pytest.raises(
        ValueError, match="2 names need as many marks of being watched, and as many circles if any"
    ):
        engine.subjects(["a", "b"], [True], None)
    with pytest.raises(ValueError, match="2 names need as many marks"):
        engine.subjects(["a", "b"], [True, True], [0])


RUNS, WATCH = 80, 6.0


def null_run(seed: int, budget: float) -> list[Finding]:
    rng, stream = np.random.default_rng(seed), Stream(200, 3 + WATCH)
    stream.background_choices(rng, 4.0, contexts=10_000, tail=0.0)
    return findings(stream, Parameters(training=3 * DAY, window=8 * DAY, budget_days=budget))


def shares(runs: list[list[Finding]]) -> list[float]:
    """The share of runs that raised a moment by the second, fourth and sixth day after training."""
    first = [min((days(f.raised) - 3 for f in found), default=np.inf) for found in runs]
    return [float(np.mean(np.array(first) <= day)) for day in (2.0, 4.0, WATCH)]


def kept(shares: list[float], budget: float, runs: int = RUNS) -> bool:
    """Whether the shares are compatible with at most t / A: two standard errors are allowed for chance."""
    return all(
        share <= day / budget + 2 * np.sqrt(day / budget * (1 - day / budget) / runs)
        for share, day in zip(shares, (2.0, 4.0, WATCH), strict=True)
    )


@pytest.mark.claim
@pytest.mark.parametrize("budget", [7.0, 60.0])
def test_null_streams_raise_no_more_than_the_budget_allows(budget: float) -> None:
    measured = shares([null_run(seed, budget) for seed in range(RUNS)])
    assert kept(measured, budget), measured


@pytest.mark.claim
def test_the_check_of_the_promise_fails_for_a_detector_that_ignores_its_threshold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "threshold_bits", lambda budget_days: -100.0)
    runs = [null_run(seed, 60.0) for seed in range(RUNS // 2)]
    assert not kept(shares(runs), 60.0, RUNS // 2), shares(runs)
