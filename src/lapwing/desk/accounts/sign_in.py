"""Where somebody is signed in, since when, and for how long at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.sessions.backends.base import SessionBase
from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.accounts.person import Person

IDLE = timedelta(hours=1)
"""Signed out after this long without a page asked for."""

LONGEST = timedelta(hours=12)
"""Signed out after this long in any case: a shift and its handing over."""

MOST = 3
"""At how many places one person may be signed in; one more ends the oldest."""

FRESH = timedelta(minutes=5)
"""Whoever signed in this recently is not asked for the password again before changing how they sign in."""

NOTED = timedelta(minutes=1)
"""How exact the last page asked for is kept: not every request has to write."""

KEY = "sign_in"
"""Where a session keeps the key of its row."""

BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl")
"""As browsers call themselves; those that also name others come first."""

SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


class SignIns(models.Manager["SignIn"]):
    """The places where somebody is signed in."""

    def begin(self, person: Person, session: SessionBase, browser: str) -> SignIn:
        """Note a new one in this session, and end the oldest of more than `MOST`."""
        now = clock.now()
        begun = self.create(person=person, browser=_named(browser), began=now, seen=now)
        session[KEY] = begun.pk
        self.filter(
            pk__in=[one.pk for one in self.filter(person=person).order_by("-began", "-pk")[MOST:]]
        ).delete()
        return begun

    def of(self, person: Person, session: SessionBase) -> SignIn | None:
        """The one of a session; None when it has ended."""
        return self.filter(pk=session.get(KEY) or 0, person=person).first()

    def lasting(self, key: int) -> Person | None:
        """Who is signed in by the row of this key; None when that has ended, or the person has gone."""
        found = self.select_related("person").filter(pk=key, person__is_active=True).first()
        return found.person if found is not None and clock.now() < found.ends else None

    def end_all(self, person: Person, but: SessionBase | None = None) -> int:
        """Sign a person out everywhere, but for one session; says at how many places."""
        kept = (but.get(KEY) if but is not None else None) or 0
        return self.filter(person=person).exclude(pk=kept).delete()[0]

    def sweep(self) -> int:
        """Forget what has run out; says how many there were."""
        now = clock.now()
        return self.filter(models.Q(began__lte=now - LONGEST) | models.Q(seen__lte=now - IDLE)).delete()[0]


class SignIn(models.Model):
    """One person in one browser, whose session holds its key: without this row the session opens nothing.

    No address is kept, and of the browser only what tells it from others.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="sign_ins")
    browser = models.CharField(max_length=40, blank=True)
    """Such as "Firefox, Linux": what a browser says of itself in full would single it out."""
    began = models.DateTimeField(db_index=True)
    seen = models.DateTimeField()

    objects: ClassVar[SignIns] = SignIns()

    class Meta:
        verbose_name = _("place where somebody is signed in")
        verbose_name_plural = _("places where somebody is signed in")
        ordering = ("-began",)

    def __str__(self) -> str:
        return f"{self.person_id} since {self.began:%Y-%m-%d %H:%M}"

    @property
    def ends(self) -> datetime:
        """When it ends without another page asked for."""
        return min(self.seen + IDLE, self.began + LONGEST)


def _named(agent: str) -> str:
    known = {"Edg": "Edge", "OPR": "Opera"}
    parts = [next((name for name in names if name in agent), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(known.get(part, part) for part in parts if part)
