"""The form of an export of the log."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_REASON = 2000


class ExportForm(forms.Form):
    """What an export is for, and how much it says."""

    why = forms.CharField(
        label=_("What for"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say what the export is for: it stands in the log.")},
        help_text=_(
            "Persons and subjects stand in it by their pseudonyms. Check it anywhere with: lapwing audit verify FILE"
        ),
    )
    words = forms.BooleanField(
        label=_("with reasons and details, which may say more than pseudonyms"), required=False
    )
