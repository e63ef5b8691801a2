"""The forms of oversight: why the machine stops, and why it may run again."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lapwing.desk.oversight.stop import LONGEST_REASON


class StopForm(forms.Form):
    """A reason that whoever is in a hurry leaves out."""

    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In a hurry, leave it empty: stop first."),
    )


class StartForm(forms.Form):
    """The reason why the machine may run again."""

    why = forms.CharField(
        label=_("Why may it run again?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Give the reason: it stands in the log.")},
        help_text=_("What was looked into, and what came of it. It stands in the log."),
    )
