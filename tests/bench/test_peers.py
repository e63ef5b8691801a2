"""The bench of peers: they are what they say they are, and are judged as Lapwing is."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

PEERS = Path(__file__).resolve().parent.parent.parent / "bench" / "peers"
sys.path.insert(0, str(PEERS))

import compare  # noqa: E402
from activity import Activity  # noqa: E402
from co_touches import LAG, WINDOW, CoTouches  # noqa: E402
from focus import focus  # noqa: E402
from stream import DAY, HOUR, PAIRS, Events, highest, read_events, write_signals  # noqa: E402

from lapwing.moments.moment import Moment  # noqa: E402
from lapwing.worlds.truth import Truth  # noqa: E402
from lapwing.worlds.world import make_world, write_world  # noqa: E402

START = 1_735_516_800_000_000
TRUTH = Truth("plain", 1, START, START + 30 * DAY, (), (), (), {}, {})


def signals(*rows):
    """Rows of first, second, day, score."""
    first, second, day, score = zip(*rows, strict=True)
    return {
        "first": np.array(first, object),
        "second": np.array(second, object),
        "time": START + (np.array(day) * DAY).astype(np.int64),
        "since": START + ((np.array(day) - 1) * DAY).astype(np.int64),
        "score": np.array(score, float),
    }


def raised(found, threshold=5.0):
    return [Moment.parse(line) for line in compare.moments(found, threshold, TRUTH)]


def test_pairs_that_share_a_subject_are_one_moment_that_grows():
    lines = raised(signals(("a", "b", 9, 6), ("c", "d", 9.5, 7), ("b", "e", 10, 6)))
    assert [(line.id, line.subjects) for line in lines] == [
        ("p-0", ("a", "b")),
        ("p-1", ("c", "d")),
        ("p-0", ("a", "b", "e")),
    ]
    assert lines[2].raised == lines[0].raised == START + 9 * DAY
    assert lines[0].onset == START + 8 * DAY


def test_a_pair_below_the_threshold_or_known_from_the_learning_raises_nothing():
    assert raised(signals(("a", "b", 9, 4.9))) == []
    assert raised(signals(("a", "b", 5, 6), ("a", "b", 9, 8))) == []
    assert len(raised(signals(("a", "b", 5, 4), ("a", "b", 9, 8)))) == 1


def test_one_subject_may_be_a_moment():
    (line,) = raised(signals(("a", "a", 9, 6)))
    assert line.subjects == ("a",)


def test_the_threshold_lets_through_as_many_false_moments_as_allowed_and_no_more():
    null = signals(("a", "b", 9, 9), ("c", "d", 10, 8), ("e", "f", 11, 7), ("g", "h", 12, 6))
    other = signals(("k", "l", 9, 7.5))
    for allowed, least in ((0, 9.0), (1, 9.0), (2, 8.0), (3, 7.5)):
        threshold = compare.least_threshold([(null, TRUTH), (other, TRUTH)], allowed)
        count = sum(len({m.id for m in raised(found, threshold)}) for found in (null, other))
        assert count == allowed
        assert threshold >= least


def test_no_threshold_is_fixed_on_a_world_that_is_scored(monkeypatch, tmp_path):
    asked = []
    bench = compare.Bench(tmp_path, "plain", None, None, 2, Path("python"))
    monkeypatch.setattr(bench, "_world", lambda scenario, seed: asked.append((scenario, seed)) or tmp_path)
    monkeypatch.setattr(compare, "read_truth", lambda path: TRUTH)
    monkeypatch.setattr(bench, "_signals", lambda *a: (signals(("a", "b", 9, 9.0)), None))
    bench._threshold("running count, 7 days", ["running_count.py"])
    assert asked == [("plain-null", 1_000), ("plain-null", 1_001)]


def test_every_peer_is_a_file_with_a_word_of_what_it_is():
    for script, *_ in [*compare.MEETINGS.values(), *compare.SHIFTS.values()]:
        assert (PEERS / script).read_text("utf-8").startswith('"""')


def test_focus_is_the_largest_likelihood_ratio_over_all_starts():
    """The hull keeps few starts; the statistic is that of trying all of them."""
    rng = np.random.default_rng(3)
    counts = rng.poisson(rng.gamma(2.0, 1.0, (40, 1)) * np.where(np.arange(60) < 40, 1, 3), (40, 60)).astype(
        float
    )
    clock = 1 + 0.5 * np.sin(np.arange(60))
    most, start = focus(counts, clock, 20)
    for i in range(40):
        base = (counts[i, :20].sum() + 0.5) / (clock[:20].sum() + 0.5)
        for b in range(20, 60):
            best = 0.0
            for s in range(20, b + 1):
                seen, expected = counts[i, s : b + 1].sum(), base * clock[s : b + 1].sum()
                best = max(best, expected - seen + (seen * np.log(seen / expected) if seen else 0.0))
            assert most[i, b] == pytest.approx(best, abs=1e-9)
            if best > 0:
                assert 20 <= start[i, b] <= b


def drawn(seed, touches=400, people=12, contexts=30):
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(0, 20 * DAY, touches))
    who, what = rng.integers(0, people, touches), rng.integers(0, contexts, touches)
    _, first = np.unique(what * people + who, return_index=True)
    first.sort()
    return Events(time[first], who[first], what[first], [f"s{n}" for n in range(people)], START, touches)


@pytest.mark.parametrize("rare", [10**9, 2])
def test_co_touches_are_those_found_by_looking_at_every_pair(rare):
    events = drawn(1)
    met = CoTouches(events, rare=rare)
    expected = []
    for i in range(len(events.time)):
        before = [j for j in range(i) if events.context[j] == events.context[i]]
        window = [j for j in before if events.time[i] - events.time[j] <= WINDOW]
        near = [j for j in window if events.time[i] - events.time[j] <= LAG and len(window) <= rare]
        expected += [(i, j) for j in near]
    assert len(met.pair) == len(expected)
    assert sorted(met.later.tolist()) == sorted(i for i, _ in expected)
    assert sorted(met.since.tolist()) == sorted(events.time[j] for _, j in expected)


def test_a_windowed_sum_forgets_what_is_older_than_a_week():
    day = np.array([0, 1, 2, 20, 21], np.int64)
    events = Events(np.sort(np.concatenate([day * DAY, day * DAY + HOUR])), np.tile([0, 1], 5),
                    np.repeat(np.arange(5), 2), ["a", "b"], START, 10)  # fmt: skip
    met = CoTouches(events)
    rows, sums, sizes, begins = met.risen(np.ones(len(met.pair)))
    assert sums.tolist() == [1.0, 2.0, 3.0]
    assert sizes.tolist() == [1, 2, 3]
    assert met.when[rows].tolist() == [HOUR, DAY + HOUR, 2 * DAY + HOUR]
    assert begins.tolist() == [0, 0, 0]


def test_the_highest_pairs_are_kept_whole():
    pair = np.repeat(np.arange(PAIRS + 50), 2)
    score = np.where(np.arange(len(pair)) % 2, pair, 0).astype(float)
    kept = highest(pair, score)
    assert len(kept) == 2 * PAIRS
    assert pair[kept].min() == 50


def test_signals_are_written_as_they_are_read(tmp_path):
    write_world(make_world("plain", seed=3, subjects=200, days=9.0, cells=1), tmp_path)
    events = read_events(tmp_path / "events.parquet")
    assert np.all(np.diff(events.time) >= 0)
    assert len({*zip(events.subject.tolist(), events.context.tolist(), strict=True)}) == len(events.time)
    some = np.array([3, 1])
    write_signals(
        tmp_path / "s.parquet", events, np.array([2 * DAY, DAY]), some, some, some, np.array([-1, HOUR])
    )
    table = compare.pq.read_table(tmp_path / "s.parquet").to_pylist()
    assert [row["time"] for row in table] == [events.start + DAY, events.start + 2 * DAY]
    assert [row["since"] for row in table] == [events.start + HOUR, -1]
    assert Activity.of(read_events(tmp_path / "events.parquet", repeats=True)).counts.min() >= 0


def result(**changes):
    plain = {"peer": "a", "scenario": "plain", "seed": 0, "commit": "x", "threshold": 1.0, "events": 1_000,
             "cpu_seconds": 2.0, "peak_mb": 100.0, "hidden": 20, "found": 10, "false": 1, "days": 30.0, "hours": 40.0,
             "acts": 30.0, "half_hours": 45.0, "onset_error_hours": None}  # fmt: skip
    return compare.Result(**(plain | changes))


def test_a_table_shows_medians_with_ranges_and_lapwing_first():
    text = compare.tables(
        [result(), result(seed=1, found=12, hours=50.0), result(peer=compare.LAPWING, found=20)]
    )
    lines = text.splitlines()
    assert lines[2] == "Seeds 0, 1; 1,000 events."
    assert lines[6].startswith("| Lapwing | 20 of 20 |")
    assert lines[7] == "| a | 11 (10 to 12) of 20 | 1 | 45 (40 to 50) | 45 | 30 | - | 2 | 500 | 100 |"


def test_a_failing_peer_is_not_passed_over_in_silence(capsys):
    with pytest.raises(compare.subprocess.CalledProcessError):
        compare.measured([sys.executable, "-c", "print('it broke'); raise SystemExit(3)"])
    assert "it broke" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hours", "half"),
    [
        ([5.0, None, 9.0, 7.0], 7.0),
        ([5.0, None, None, 7.0], 7.0),
        ([7.0], 7.0),
        ([5.0, None, None], None),
        ([], None),
    ],
)
def test_half_of_all_is_found_when_the_median_of_all_is(hours, half):
    found = SimpleNamespace(outcomes=[SimpleNamespace(hours=one) for one in hours])
    assert compare.until_half(found) == half
    assert compare.until([half, 3.0]) == ("never" if half is None else "5 (3 to 7)")
