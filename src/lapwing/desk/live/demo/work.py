"""What the people of the demonstration have done with the first moments, so that each state can be seen."""

from __future__ import annotations

from collections.abc import Callable

from lapwing.desk.accounts.models import Person
from lapwing.desk.moments.assessing import assess
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.models import Moment


class Worked:
    """Works on every second moment as it comes, in turn: closed, observed, proposed for a second reader; the others
    are left to whoever looks at the demonstration.
    """

    def __init__(self, team: dict[str, Person]) -> None:
        self._team = team
        self._seen: set[str] = set()

    def go_on(self) -> None:
        """Work on what is new."""
        for moment in Moment.objects.filter(status="new").exclude(pk__in=self._seen).order_by("raised", "pk"):
            number = len(self._seen)
            self._seen.add(moment.pk)
            if number % 2 == 0 and number // 2 < len(_WAYS):
                _WAYS[number // 2](moment, self._team)


def _close(moment: Moment, team: dict[str, Person]) -> None:
    decide(
        moment,
        team["analyst"],
        "benign",
        "They meet over a football tournament: what they share are its results, and nothing else.",
        "Followers of one team, who share what its channel publishes.",
    )


def _observe(moment: Moment, team: dict[str, Person]) -> None:
    assess(
        moment,
        team["analyst"],
        "open",
        "Members of one course, who work through the same list of links.",
        "The links are of one course, but three of them are passed on before the course published them.",
    )
    decide(
        moment,
        team["analyst"],
        "observe",
        "It is not clear yet who gives them the links; a week more will tell.",
        "Members of one course, who work through the same list of links.",
    )


def _propose(moment: Moment, team: dict[str, Person]) -> None:
    assess(
        moment,
        team["analyst"],
        "serious",
        "A fan club that plans a journey.",
        "No fan club is known at these places, and the purchases fit no journey.",
    )
    decide(
        moment,
        team["analyst"],
        "refer",
        "The purchases and the rooms together are for the prosecutor to look into.",
        "A fan club that plans a journey.",
        recipient="the prosecutor on duty",
    )


_WAYS: tuple[Callable[[Moment, dict[str, Person]], None], ...] = (_close, _observe, _propose)
