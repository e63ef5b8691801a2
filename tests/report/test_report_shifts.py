"""What the report says of shifts and progressions."""

from __future__ import annotations

from dataclasses import replace

from report_sample import meeting
from rich.console import Console

from lapwing.moments.exhibit import ChangeShown, ClimbShown, Exhibit, KindShare, StageShown
from lapwing.moments.moment import Bits, Moment
from lapwing.report.environment import environment
from lapwing.report.fragment import moment_html
from lapwing.report.gist import gist
from lapwing.report.ledger import balance
from lapwing.report.moment_view import moment_view
from lapwing.report.run_folder import KnownMoment
from lapwing.report.sentence import sentence, title
from lapwing.report.stage_table import Rung, stage_rows
from lapwing.report.terminal import explanation

CLIMB = ClimbShown(
    ladder="preparation",
    stages=(StageShown("training", 0.2, 1_433_253_600_000_000), StageShown("planning", 0.8, None)),
    expected=(("survey", 0.4), ("meet", 0.3)),
    caveat="photographers return to places and record them",
    against="the interest ends when its occasion ends",
)


def shift(change: ChangeShown) -> tuple[Moment, Exhibit]:
    moment, exhibit = meeting(members=2, acts=3)
    subject = moment.subjects[0]
    circles = {subject: None}
    bits = Bits(when=20.0, what=0.0, whom=0.0, naming=12.0, net=8.0)
    alone = replace(moment, type="shift", subjects=(subject,), ledger=(), bits=bits)
    return alone, replace(exhibit, circles=circles, ties_before=(), ties_after=(), change=change)


def test_a_shift_sets_acts_a_day_beside_those_as_usual() -> None:
    moment, exhibit = shift(ChangeShown(3.1, 12.4, 4.0, ()))
    assert title(gist(moment, exhibit)) == "Shift of one subject: acts more often"
    assert "has made 12.4 acts a day (3.1 a day as usual) since Tue 2 Jun 2015" in sentence(moment, exhibit)


def test_a_shift_of_several_is_said_of_all_of_them_and_doubted_as_what_reached_all() -> None:
    moment, exhibit = shift(ChangeShown(0.6, 12.4, 4.0, (KindShare("join", 0.02, 0.5),)))
    several, _ = meeting(members=3, acts=3)
    moment = replace(moment, subjects=several.subjects)
    assert title(gist(moment, exhibit)) == "Shift of three subjects: acts more often and other kinds of acts"
    text = sentence(moment, exhibit)
    assert "have made 12.4 acts a day together (0.6 a day as usual)" in text
    assert "have done “join” in 50 % of their acts" in text
    html = moment_html(moment, exhibit)
    assert "They hardly acted before (0.2 acts a day each)" in html
    assert "What reaches all of them at once" in html


def test_silence_is_said_as_what_was_not_done_and_doubted_as_what_was_not_recorded() -> None:
    moment, exhibit = shift(ChangeShown(3.1, 0.0, 0.0, ()))
    assert title(gist(moment, exhibit)) == "Shift of one subject: silent"
    assert "has made no act (3.1 a day as usual)" in sentence(moment, exhibit)
    assert "What was not recorded looks like what was not done" in moment_html(moment, exhibit)
    assert balance(moment.bits, 0.0)[0] == ("silence, and what came before the acts listed", 20.0)


def test_new_kinds_are_named_with_their_shares() -> None:
    moment, exhibit = shift(ChangeShown(3.0, 3.0, None, (KindShare("join", 0.02, 0.5),)))
    assert "has done “join” in 50 % of its acts (2.0 % as usual)" in sentence(moment, exhibit).replace(
        "2 %", "2.0 %"
    )


def in_terminal(moment: Moment, exhibit: Exhibit) -> str:
    screen = Console(width=1000)
    with screen.capture() as capture:
        screen.print(explanation(KnownMoment(moment, moment), exhibit))
    return capture.get()


def test_a_progression_shows_its_stages_what_would_come_next_and_what_speaks_against_it() -> None:
    moment, exhibit = meeting(members=3, acts=5)
    moment = replace(moment, type="progression", stage="preparation / planning")
    html = moment_html(moment, replace(exhibit, climb=CLIMB))
    for text in (
        "80 %",
        "survey",
        "photographers return to places",
        "the interest ends when its occasion ends",
    ):
        assert text in html
    told = in_terminal(moment, replace(exhibit, climb=CLIMB))
    for text in (
        "training",
        "80 %",
        "reached",
        "Tue 2 Jun 2015 14:00 UTC",
        "Expected next: survey (40 %) and meet (30 %)",
        "photographers return to places",
        "the interest ends when its occasion ends",
    ):
        assert text in told


def test_change_and_climb_survive_their_line() -> None:
    _, exhibit = shift(ChangeShown(3.0, 3.5, 2.0, (KindShare("join", 0.02, 0.5),)))
    exhibit = replace(exhibit, climb=CLIMB)
    again = Exhibit.parse(exhibit.line())
    assert (again.change, again.climb) == (exhibit.change, exhibit.climb)


def test_a_ladder_is_told_once_each_stage_with_its_acts_and_its_chance() -> None:
    moment, exhibit = meeting(members=3, acts=5)
    kinds = {act.kind for act in moment.ledger}
    moment = replace(moment, type="progression", stage="preparation / planning")
    exhibit = replace(exhibit, climb=CLIMB)
    ladder = (
        Rung("training", "skills are practised", frozenset()),
        Rung("planning", "places are looked at", frozenset(kinds)),
    )
    training, planning = stage_rows(moment, exhibit, ladder)
    assert (training.chance, training.acts, training.here) == (0.2, (), False)
    assert (planning.chance, planning.acts, planning.here) == (0.8, (0, 1, 2, 3, 4), True)
    view = moment_view(moment, exhibit, rungs=ladder)
    html = environment().get_template("moment.html").render(view=view)
    assert html.count("places are looked at") == 1
    assert html.count(">80 %<") == 1
    assert html.count('aria-current="step"') == 1
    assert 'data-acts="0 1 2 3 4"' in html


def test_a_ladder_whose_file_is_not_at_hand_is_told_by_its_chances_alone() -> None:
    moment, exhibit = meeting(members=3, acts=5)
    moment = replace(moment, type="progression", stage="preparation / planning")
    rows = stage_rows(moment, replace(exhibit, climb=CLIMB))
    assert [(row.name, row.meaning, row.chance) for row in rows] == [
        ("training", "", 0.2),
        ("planning", "", 0.8),
    ]
    assert stage_rows(moment, None) == ()
    assert stage_rows(replace(moment, stage=None), None) == ()
