"""The false-alarm budget that a named manager has set, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from lapwing.desk import audit, clock
from lapwing.desk.moments.decision import Decision, DecisionState
from lapwing.desk.moments.fact import LONGEST_TEXT

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

DAY = timedelta(days=1)


class Budget(models.Model):
    """How often the team accepts a false alarm, from a time on. A new one replaces it; a row is never changed."""

    days = models.FloatField(_("days for each false alarm"))
    reasons = models.TextField(_("reasons"), max_length=LONGEST_TEXT)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    """The manager who answers for it."""
    since = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("false-alarm budget")
        ordering = ("since", "pk")
        constraints = (models.CheckConstraint(name="moments_budget_days", condition=models.Q(days__gt=0)),)

    def __str__(self) -> str:
        return f"one false alarm in {self.days:g} days"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"budget:{self.pk}"


def set_budget(person: Person, days: float, reasons: str) -> Budget:
    """A new budget from now on, in the name of who sets it."""
    with transaction.atomic():
        made = Budget.objects.create(days=days, reasons=reasons, by=person)
        audit.record(person, "budget.set", made.about, why=reasons, detail={"days": f"{days:g}"})
    return made


def budget_now() -> Budget | None:
    """The budget in force; none before anybody has set one."""
    return Budget.objects.order_by("since", "pk").select_related("by").last()


@dataclass(frozen=True, slots=True)
class Cost:
    """What the budget has cost since the beginning of the month (UTC)."""

    since: datetime
    expected: float
    """False moments that chance alone would have raised, as far as the promise holds."""
    judged_false: int


def cost_so_far(now: datetime) -> Cost:
    """What the budgets in force this month let be expected, and what was judged false."""
    since = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    budgets = list(Budget.objects.order_by("since", "pk"))
    ends = [*(budget.since for budget in budgets[1:]), now][: len(budgets)]
    expected = sum(
        max(timedelta(), min(end, now) - max(budget.since, since)) / DAY / budget.days
        for budget, end in zip(budgets, ends, strict=True)
    )
    judged = Decision.objects.filter(choice="false", state=DecisionState.IN_FORCE, time__gte=since).count()
    return Cost(since, expected, judged)
