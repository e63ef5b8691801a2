"""Where somebody is signed in, since when, and for how long at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.sessions.models import Session
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

NOTED = timedelta(minutes=1)
"""How exact the last page asked for is kept: not every request has to write."""


class SignIns(models.Manager["SignIn"]):
    """The places where somebody is signed in."""

    def begin(self, person: Person, session: str, browser: str) -> SignIn:
        """Note a new one, and end the oldest of more than `MOST`."""
        now = clock.now()
        begun, _made = self.update_or_create(
            session=session,
            defaults={"person": person, "browser": browser[:200], "began": now, "seen": now},
        )
        for one in self.filter(person=person).order_by("-began", "-pk")[MOST:]:
            one.end()
        return begun

    def end_all(self, person: Person, but: str = "") -> int:
        """Sign a person out everywhere, but for one session; says at how many places."""
        ended = list(self.filter(person=person).exclude(session=but))
        for one in ended:
            one.end()
        return len(ended)

    def sweep(self) -> int:
        """Forget what has run out; says how many there were."""
        now = clock.now()
        over = list(self.filter(models.Q(began__lte=now - LONGEST) | models.Q(seen__lte=now - IDLE)))
        for one in over:
            one.end()
        return len(over)


class SignIn(models.Model):
    """One person in one browser. No address is kept, and the browser only for them to tell it from others."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="sign_ins")
    session = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=200, blank=True)
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

    def end(self) -> None:
        """Sign them out here."""
        Session.objects.filter(session_key=self.session).delete()
        self.delete()
