"""The forms of seals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from lapwing.desk.mandates.forms import ApprovalForm
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.seals.opening import DEFAULT_MINUTES, LONGEST_MINUTES, LONGEST_NECESSITY
from lapwing.desk.seals.steps import SHORTEST_NECESSITY


class NecessityField(forms.CharField):
    """A text of reasons, kept as it was typed."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(
            label=label,
            min_length=SHORTEST_NECESSITY,
            max_length=LONGEST_NECESSITY,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 4}),
            **options,
        )


class AskForm(forms.Form):
    """Ask for one look at a sealed field."""

    mandate = forms.ModelChoiceField(
        label=_("Under which mandate"),
        queryset=Mandate.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    necessity = NecessityField(
        _("Necessity"),
        help_text=_("What cannot be done without it, and why now. The overseer reads this too."),
    )
    minutes = forms.IntegerField(
        label=_("For how many minutes after the approval"),
        min_value=1,
        max_value=LONGEST_MINUTES,
        initial=DEFAULT_MINUTES,
    )

    def __init__(self, mandates: Sequence[Mandate], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["mandate"]
        field.queryset = Mandate.objects.filter(pk__in=[one.pk for one in mandates])  # type: ignore[attr-defined]
        field.label_from_instance = _title  # type: ignore[attr-defined]
        if len(mandates) == 1:
            self.initial.setdefault("mandate", mandates[0].pk)


class DecisionForm(ApprovalForm):
    """The decision about an opening, with reasons."""

    reasons = NecessityField(_("Reasons of the decision"))


def _title(mandate: Mandate) -> str:
    known = grounds().grounds.get(mandate.ground)
    return f"{mandate.pk}: {translated(known.title) if known else mandate.ground}"
