"""The people of the demonstration, and the mandates they have given: each by its role, and no name of a person."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from django.db import transaction

from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.live.demo.world import SOURCE
from lapwing.desk.mandates import steps
from lapwing.desk.mandates.draft import Draft
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.roster import Row

PEOPLE = {
    "analyst": "analyst",
    "reviewer": "reviewer",
    "approver": "approver",
    "duty-officer": "duty_officer",
    "disclosure-officer": "disclosure_officer",
    "overseer": "overseer",
    "administrator": "administrator",
}
"""Name and role of each."""
EACH = 375
"""Subjects under one mandate."""
GROUNDS = ("recruitment", "group", "training", "travel")
DAYS = (90, 90, 90, 60, 30, 14)
"""How long mandates last, in turn."""
ACTS = ("invited others into", "collected for", "passed on what was asked for in", "arranged meetings over")
PLACES = ("a closed channel", "a public channel", "a forum", "a group of a game", "a shared folder")


def enrol(password: str) -> dict[str, Person]:
    """A person of each role."""
    made = {}
    for name, role in PEOPLE.items():
        with transaction.atomic():
            made[name] = Person.objects.create_person(name, [role], password)
            audit.record(None, "person.add", made[name].about, detail={"roles": [role]})
    return made


def set_passwords(password: str) -> None:
    """Give all of them this password: that of the last time is kept nowhere."""
    for person in Person.objects.filter(username__in=PEOPLE):
        person.set_password(password)
        person.save(update_fields=["password"])


def give_mandates(
    people: dict[str, Person], watched: Sequence[str], told_of: Container[str], told: Callable[[int], None]
) -> None:
    """Mandates over all watched subjects, asked for by one person and approved by another.

    The handles of those in ``told_of`` come with them, and are sealed.
    """
    for group, start in enumerate(range(0, len(watched), EACH)):
        names = watched[start : start + EACH]
        ground = GROUNDS[group % len(GROUNDS)]
        reasons = (
            f"Made up for the demonstration: group {group + 1} of accounts that took part in what the ground names;"
            " less than reading what they did in public would not show with whom."
        )
        draft = Draft(
            ground=ground,
            purpose=grounds().grounds[ground].purposes[-1],
            categories=("suspected",),
            sources=(SOURCE,),
            means=("reading", "detection", "search", "contacts", "opening"),
            reasons=reasons,
            days=DAYS[group % len(DAYS)],
        )
        rows = [
            Row(name, "suspected", _evidence(number), _handle(number) if name in told_of else "")
            for number, name in enumerate(names, start)
        ]
        mandate = steps.ask(people["analyst"], draft, rows=rows, source="made up for the demonstration")
        steps.approve(people["approver"], mandate, reasons=reasons, read=mandate.fingerprint())
        told(start + len(names))


def _evidence(number: int) -> str:
    act, place = ACTS[number % len(ACTS)], PLACES[number // len(ACTS) % len(PLACES)]
    return f"On record {number + 1} it {act} {place}, item {number * 7 + 3}."


def _handle(number: int) -> str:
    """What stands behind a pseudonym: made up, and under a name that the internet will never give to anybody."""
    return f"account-{number + 1:05}@demo.invalid"
