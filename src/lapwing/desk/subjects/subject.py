"""A subject: what is watched, under its pseudonym."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock

LONGEST_PSEUDONYM = 150


class Privilege(models.TextChoices):
    """Callings whose communications the law protects."""

    NONE = "", _("none")
    PRESS = "press", _("press")
    LAWYER = "lawyer", _("lawyer")
    PARLIAMENT = "parliament", _("member of parliament")
    DOCTOR = "doctor", _("doctor")


class Subject(models.Model):
    """An account, channel, wallet, device or case file that some mandate names, or did.

    There is nothing in it that compares one subject with another, and there never is: moments are weighed, not
    people. The handle behind the pseudonym is a sealed field (``seals``), not a column.
    """

    pseudonym = models.CharField(_("pseudonym"), max_length=LONGEST_PSEUDONYM, unique=True)
    """The name under which its acts arrive, and the only one that pages, logs and exports know."""
    privilege = models.CharField(
        _("protected calling"), max_length=12, choices=Privilege, blank=True, default=""
    )
    """Press, lawyer, member of parliament or doctor; sealed until an independent approval."""
    minor = models.BooleanField(_("minor"), default=False)
    """Under 18: sealed until an independent approval, and kept for a shorter time."""
    since = models.DateTimeField(default=clock.now, editable=False)
    """When the desk first heard of it."""

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        ordering = ("pseudonym",)

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"subject:{self.pseudonym}"

    @property
    def protected(self) -> bool:
        """Whether it takes an independent approval, besides that of the mandate, to watch it."""
        return self.minor or self.privilege != Privilege.NONE
