"""What the people of the demonstration have done with the first moments, so that each state can be seen, and so that
the desk opens on a morning like others: the work of the days before is done, what fell due in the night is overdue.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.moments.assessing import assess
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.models import Moment

NEAR = timedelta(hours=2)
"""How long before it is due they look at a moment."""
NIGHT = timedelta(hours=10)
"""How long before the desk opens they went home."""

_CLOSED = {
    "meeting": (
        "They meet over a football tournament: what they share are its results, and nothing else.",
        "Followers of one team, who share what its channel publishes.",
    ),
    "shift": (
        "It writes in the hours that it used to be silent in, about the same things as ever.",
        "A new post, or a holiday: other hours, and nothing else.",
    ),
    "progression": (
        "What they bought and paid for is of one journey, with a date that was announced months before.",
        "A club that goes on the journey it goes on every year.",
    ),
}
"""Reasons and the innocent explanation of a moment that is closed as benign, by its type."""
_OBSERVED = {
    "meeting": (
        "The links are of one course, but three of them are passed on before the course published them.",
        "Members of one course, who work through the same list of links.",
    ),
    "shift": (
        "It is not clear yet whether the same person writes; a week more will tell.",
        "The account was given to somebody else of the same house.",
    ),
    "progression": (
        "The order of the acts fits a journey as well as anything else; the next week decides.",
        "A fan club that plans a journey.",
    ),
}
"""The same of a moment that is looked at again."""


class Worked:
    """Works on moments as they fall due, closed and observed in turn, until the night before ``opens``."""

    def __init__(self, team: dict[str, Person], opens: datetime) -> None:
        self._team = team
        self._opens = opens
        self._done = 0

    def go_on(self) -> None:
        """Work on what falls due within `NEAR`."""
        now = clock.now()
        if now > self._opens - NIGHT:
            return
        for moment in Moment.objects.filter(status="new", due__lte=now + NEAR).order_by("due", "pk"):
            self._work(moment)

    def propose(self) -> None:
        """Propose something that waits for a second reader when the desk opens, rather what is not overdue."""
        waiting = Moment.objects.filter(status="new", type="meeting").order_by("-net")
        serious = waiting.filter(due__gt=self._opens).first() or waiting.first()
        if serious is not None:
            _propose(serious, self._team)

    def _work(self, moment: Moment) -> None:
        self._done += 1
        if self._done % 3:
            decide(moment, self._team["analyst"], "benign", *_CLOSED[moment.type])
            return
        reasons, benign = _OBSERVED[moment.type]
        assess(moment, self._team["analyst"], "open", benign, reasons)
        decide(moment, self._team["analyst"], "observe", reasons, benign)


def _propose(moment: Moment, team: dict[str, Person]) -> None:
    benign = "A fan club that plans a journey."
    assess(
        moment,
        team["analyst"],
        "serious",
        benign,
        "No fan club is known at these places, and what is passed on fits no journey.",
    )
    decide(
        moment,
        team["analyst"],
        "refer",
        "The rooms and what was passed on in them are for the prosecutor to look into.",
        benign,
        recipient="the prosecutor on duty",
    )
