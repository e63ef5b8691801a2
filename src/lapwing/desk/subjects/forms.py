"""The forms of subjects."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lapwing.desk.subjects.marking import SHORTEST_REASON
from lapwing.desk.subjects.models import Privilege

LONGEST_SEARCH = 150


class SearchForm(forms.Form):
    """How a pseudonym begins, and the one that the page before ended with; both taken as they are."""

    q = forms.CharField(
        label=_("Pseudonym begins with"), max_length=LONGEST_SEARCH, required=False, strip=False
    )
    after = forms.CharField(max_length=LONGEST_SEARCH, required=False, strip=False)


class MarkForm(forms.Form):
    """Whether a subject is a minor, or of a protected calling, and how that is known."""

    privilege = forms.ChoiceField(
        label=_("Protected calling"), choices=Privilege.choices, required=False, widget=forms.RadioSelect
    )
    minor = forms.BooleanField(label=_("Under 18"), required=False)
    reasons = forms.CharField(
        label=_("How this is known"),
        min_length=SHORTEST_REASON,
        max_length=1000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
