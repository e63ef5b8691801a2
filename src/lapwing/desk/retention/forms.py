"""The forms of retention."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lapwing.desk.retention.hold import LONGEST_HOLD, LONGEST_REASONS
from lapwing.desk.retention.reasons import SHORTEST_REASONS


class ReasonsField(forms.CharField):
    """A text of reasons, kept as it was typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Reasons"),
            min_length=SHORTEST_REASONS,
            max_length=LONGEST_REASONS,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            **options,
        )


class ReasonsForm(forms.Form):
    """The reasons for a step."""

    reasons = ReasonsField()


class HoldForm(forms.Form):
    """Something to preserve."""

    thing = forms.CharField(
        label=_("What"), max_length=200, help_text=_("Such as moment:m-3f, case:4 or subject:lark-204.")
    )
    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=LONGEST_HOLD.days, initial=184
    )
    reasons = ReasonsField(help_text=_("Who asks for it, by what: a court, a complaint, a removal order."))


class ReviewForm(forms.Form):
    """Whether a case is still necessary; the two buttons say which."""

    reasons = ReasonsField()
    decision = forms.ChoiceField(
        choices=[("keep", ""), ("erase", "")], widget=forms.HiddenInput, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("decision"):
            self.add_error(None, _("Say whether it is kept or erased."))
        return cleaned
