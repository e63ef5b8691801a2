"""What somebody asks for, before it is a mandate: checked against its ground."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lapwing.desk.mandates.error import StepError
from lapwing.desk.mandates.ground import DEFAULT_DAYS, Grounds
from lapwing.desk.mandates.mandate import LONGEST_REASONS

SHORTEST_REASONS = 40
"""Characters. What is necessary, and why less would not do, takes a sentence."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mandate as it is asked for. Names are those of the closed lists."""

    ground: str
    purpose: str
    categories: tuple[str, ...]
    sources: tuple[str, ...]
    means: tuple[str, ...]
    reasons: str
    days: int = DEFAULT_DAYS

    def faults(self, known: Grounds) -> dict[str, str]:
        """What is wrong with it, by field; empty when it can be asked for."""
        ground = known.grounds.get(self.ground)
        if ground is None:
            return {"ground": _("Choose a ground. Without one nobody is watched.")}
        found = {}
        if self.purpose not in ground.purposes:
            found["purpose"] = _("On this ground the purpose is one of: %(purposes)s.") % {
                "purposes": ", ".join(_(known.purposes[name].title) for name in ground.purposes)
            }
        if not self.categories or not set(self.categories) <= set(ground.categories):
            found["categories"] = _("On this ground, choose out of: %(categories)s.") % {
                "categories": ", ".join(_(known.categories[name].title) for name in ground.categories)
            }
        if not self.sources or not set(self.sources) <= set(known.sources):
            found["sources"] = _("Choose at least one source that the events come from.")
        if "reading" not in self.means or not set(self.means) <= set(known.means):
            found["means"] = _("Choose the means; reading is part of all others.")
        if not 1 <= self.days <= ground.longest_days:
            found["days"] = _("On this ground a mandate lasts from 1 to %(most)s days.") % {
                "most": ground.longest_days
            }
        against = why_no_reasons(self.reasons)
        if against is not None:
            found["reasons"] = against
        return found


def why_no_reasons(text: str) -> str | None:
    """What is wrong with a text as reasons, or None."""
    if len(text.strip()) < SHORTEST_REASONS:
        return _(
            "Give reasons in a sentence at least (%(least)s characters): what is known, and why it is necessary."
        ) % {"least": SHORTEST_REASONS}
    if len(text) > LONGEST_REASONS:
        return _("The reasons are longer than %(most)s characters. Give the core of them.") % {
            "most": LONGEST_REASONS
        }
    if "\x00" in text:
        return _("There is a null byte in the text. Type it anew; nothing is taken out in silence.")
    return None


def check_reasons(text: str) -> None:
    """Raise :class:`StepError` when a text gives no reasons."""
    against = why_no_reasons(text)
    if against is not None:
        raise StepError(against)
