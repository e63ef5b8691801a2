"""The ledger adds up, and what speaks against a moment is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import DAY, MINUTE, ONSET, THRESHOLD, meeting, shift

from lapwing.moments.exhibit import Exhibit, Tie
from lapwing.moments.moment import Act, Bits, Moment
from lapwing.report import sentence, words
from lapwing.report.environment import environment
from lapwing.report.ledger import balance, context_shares, ledger_table
from lapwing.report.moment_view import moment_view
from lapwing.report.objection import objections
from lapwing.report.timeline import numbers_of


def ledger_of(*acts: tuple[int, str, str, float], naming: float = 20.0) -> tuple[Moment, Exhibit]:
    """A moment from ``(minutes after the onset, subject, context, bits)``."""
    moment, exhibit = meeting(members=4, circles=4, acts=4)
    subjects = tuple(sorted({subject for _, subject, _, _ in acts}))
    ledger = tuple(
        Act(ONSET + minutes * MINUTE, subject, "share", context, (), bits)
        for minutes, subject, context, bits in acts
    )
    total = sum(act.bits for act in ledger)
    bits = Bits(when=0.0, what=0.0, whom=total, naming=naming, net=total - naming)
    circles = {subject: f"circle of {subject}" for subject in subjects}
    return (
        replace(moment, subjects=subjects, ledger=ledger, bits=bits),
        replace(exhibit, circles=circles, ties_before=(), ties_after=(), lanes=()),
    )


def said(moment: Moment, exhibit: Exhibit | None) -> str:
    return "\n".join(objection.text for objection in objections(moment, exhibit))


# --- ledger


@given(st.integers(1, 60))
def test_the_running_sum_counts_every_act(rows_most: int) -> None:
    moment, _ = meeting(members=12, acts=40)
    table = ledger_table(moment, numbers_of(moment), rows_most=rows_most)
    assert len(table.rows) + table.left_out == 40
    for row in table.rows:
        assert row.running == pytest.approx(sum(act.bits for act in moment.ledger[: row.at + 1]))
    shown = sum(row.act.bits for row in table.rows)
    assert shown + table.left_out_bits == pytest.approx(table.total)


@given(*[st.floats(-99, 99) for _ in range(6)])
def test_the_balance_adds_up_to_the_net(
    when: float, what: float, whom: float, naming: float, net: float, acts: float
) -> None:
    steps = balance(Bits(when, what, whom, naming, net), acts)
    assert sum(value for _, value in steps) == pytest.approx(net, abs=0.21)


def test_contexts_are_counted_by_what_they_brought() -> None:
    moment, _ = ledger_of((0, "a", "tag:x", 1.0), (5, "b", "tag:x", 4.0), (9, "c", "link:y", 6.0))
    assert [(part.context, part.acts, part.subjects, part.bits) for part in context_shares(moment)] == [
        ("link:y", 1, 1, 6.0),
        ("tag:x", 2, 2, 5.0),
    ]


# --- what speaks against it


def test_a_moment_that_stands_on_one_context_says_so() -> None:
    moment, exhibit = ledger_of((0, "a", "tag:x", 10.0), (700, "b", "tag:x", 16.0), (1500, "c", "tag:y", 2.0))
    first = objections(moment, exhibit)[0]
    assert first.context == "tag:x"
    assert first.text.startswith("One context brings 93 % of the evidence; without it nothing remains.")


def test_what_remains_without_a_context_counts_what_its_subjects_cost_to_name() -> None:
    # Each of four subjects costs 5 bits to name. Without tag:x, a and b are worth less than that.
    moment, exhibit = ledger_of(
        (0, "a", "tag:x", 12.0),
        (500, "b", "tag:x", 12.0),
        (900, "c", "tag:y", 14.0),
        (1500, "d", "tag:z", 12.0),
    )
    assert moment.bits.net == 30.0
    assert "without it about 16.0 bits remain, still above the threshold of 4.9 bits." in said(
        moment, exhibit
    )


def test_a_moment_that_hangs_on_one_subject_says_so_without_naming_it() -> None:
    moment, exhibit = ledger_of((0, "a", "tag:x", 22.0), (500, "b", "tag:y", 6.0), (900, "c", "tag:z", 0.2))
    hangs = [objection for objection in objections(moment, exhibit) if "single subject" in objection.text]
    assert len(hangs) == 1
    assert hangs[0].context is None
    assert hangs[0].text == "It hangs on the acts of a single subject: without them nothing remains."


def test_evidence_just_above_the_threshold_is_called_that() -> None:
    moment, exhibit = meeting()
    near = replace(moment, bits=replace(moment.bits, net=THRESHOLD + 1))
    assert "The evidence stands 1.0 bits above the threshold, no more" in said(near, exhibit)
    assert "above the threshold, no more" not in said(moment, exhibit)


def test_a_chance_that_nobody_could_check_is_called_that() -> None:
    moment, exhibit = meeting()
    assert "Nobody has watched long enough" not in said(moment, exhibit)
    assert "Nobody has watched long enough" in said(replace(moment, once_in_days=1e9), exhibit)


def test_a_burst_is_called_one() -> None:
    acts = [(minute, "abcd"[minute % 4], f"tag:{minute}", 6.0) for minute in range(10)]
    assert "10 of 10 acts fall within 9 min: a broadcast, breaking news" in said(*ledger_of(*acts))


def test_acts_spread_over_days_are_no_burst() -> None:
    acts = [(600 * at, "abcd"[at % 4], f"tag:{at}", 6.0) for at in range(10)]
    assert "acts fall" not in said(*ledger_of(*acts))


def test_old_ties_are_an_objection() -> None:
    moment, exhibit = ledger_of(*[(600 * at, "abcd"[at % 4], f"tag:{at}", 6.0) for at in range(10)])
    known = replace(exhibit, ties_before=(Tie("a", "b", 3), Tie("b", "c", 1)))
    assert "Two of 6 pairs had shared contexts before" in said(moment, known)


def test_one_circle_and_no_circle_are_objections() -> None:
    moment, exhibit = ledger_of(*[(600 * at, "abcd"[at % 4], f"tag:{at}", 6.0) for at in range(10)])
    assert "All of them belong to one circle" in said(
        moment, replace(exhibit, circles=dict.fromkeys("abcd", "x"))
    )
    assert "Four of four subjects belong to no known circle" in said(moment, replace(exhibit, circles={}))


def test_a_blurred_onset_is_an_objection() -> None:
    moment, exhibit = meeting()
    blurred = replace(exhibit, onset_between=(ONSET - 2 * DAY, ONSET + DAY))
    assert "The onset is known only to within 3 d" in said(moment, blurred)


def test_a_moment_without_an_exhibit_still_has_objections() -> None:
    moment, _ = ledger_of((0, "a", "tag:x", 10.0), (700, "b", "tag:x", 16.0))
    assert "One context brings 100 %" in said(moment, None)


# --- sentences


def test_the_sentence_of_a_meeting() -> None:
    moment, exhibit = meeting()
    assert sentence.sentence(moment, exhibit) == (
        "Eight subjects from six circles took up four of each other's contexts in twelve acts since "
        "Tue 2 Jun 2015 14:00 UTC (onset between 13:10 and 16:40); by chance alone, all that is watched "
        "would show such a moment about once in 90 years."
    )


def test_the_sentence_of_a_meeting_on_one_context_with_members_of_no_circle() -> None:
    moment, exhibit = meeting(members=5, circles=2, unplaced=1, contexts=1, acts=9)
    assert sentence.sentence(moment, exhibit).startswith(
        "Five subjects, four from two circles and one from none, took up one and the same context in "
        "eight acts since"
    )


def test_the_sentence_of_a_shift() -> None:
    assert sentence.sentence(*shift()).startswith(
        "One subject from one circle has acted differently from its own past"
    )


def test_the_sentence_of_a_progression_names_its_stage() -> None:
    moment, exhibit = meeting(members=3, kind_of_moment="progression", stage="procurement")
    assert "have moved along the stages of preparation, now at “procurement”, since" in sentence.sentence(
        moment, exhibit
    )


def test_growth_is_told_and_standing_still_is_not() -> None:
    moment, _ = meeting()
    early = replace(moment, ledger=moment.ledger[:5], subjects=moment.subjects[:3])
    assert sentence.growth(moment, early) == (
        "When it was raised it named three subjects on five acts with 15.0 bits; "
        "now eight subjects on 19 acts."
    )
    assert sentence.growth(moment, moment) is None


def test_the_networks_are_summed_up_in_a_sentence() -> None:
    moment, exhibit = meeting()
    assert sentence.of_network(moment, exhibit) == (
        "Of 28 pairs, none had shared a context before the onset and 15 have since; 15 ties are new."
    )


def test_a_ledger_at_one_time_reads_well() -> None:
    moment, exhibit = ledger_of((0, "a", "tag:x", 10.0), (0, "b", "tag:x", 16.0))
    assert sentence.of_timeline(moment, exhibit).startswith(
        "The two acts of the ledger fall at the same time."
    )
    assert sentence.of_timeline(replace(moment, ledger=()), None) == (
        "The ledger holds no act: the evidence is in what was not done."
    )


def test_without_the_arithmetic_no_bits_of_an_act_are_shown() -> None:
    moment, exhibit = meeting()
    early = replace(moment, ledger=moment.ledger[:4])
    view = moment_view(moment, exhibit, as_raised=early, arithmetic=False)
    html = environment().get_template("moment.html").render(view=view)
    assert view.curve is None
    assert "running sum" not in html
    assert "net evidence" not in html
    assert view.growth is not None
    assert "bits" not in view.growth
    for act in moment.ledger:
        assert f">{words.signed(act.bits)}<" not in html
