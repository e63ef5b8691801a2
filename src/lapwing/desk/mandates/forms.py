"""The forms of mandates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from lapwing.desk import place
from lapwing.desk.mandates.cover import LONGEST_SOURCE
from lapwing.desk.mandates.draft import SHORTEST_REASONS, Draft
from lapwing.desk.mandates.error import RosterError
from lapwing.desk.mandates.ground import DEFAULT_DAYS, Ground, Word, grounds
from lapwing.desk.mandates.mandate import LONGEST_REASONS
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.roster import (
    LONGEST_EVIDENCE,
    LONGEST_HANDLE,
    LONGEST_SUBJECT,
    SHORTEST_EVIDENCE,
    Row,
    parse,
    why_not,
)

LONGEST_LIST = 1_000_000


class ReasonsField(forms.CharField):
    """A text of reasons, kept as it was typed."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(
            label=label,
            min_length=SHORTEST_REASONS,
            max_length=LONGEST_REASONS,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 5}),
            **options,
        )


class AskForm(forms.Form):
    """A mandate on one ground, with what that ground allows to choose from."""

    purpose = forms.ChoiceField(label=_("What for"), widget=forms.RadioSelect)
    categories = forms.MultipleChoiceField(
        label=_("What the subjects are taken to be"), widget=forms.CheckboxSelectMultiple
    )
    sources = forms.MultipleChoiceField(
        label=_("Where events may come from"), widget=forms.CheckboxSelectMultiple
    )
    means = forms.MultipleChoiceField(label=_("What may be done"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("For how many days"), min_value=1, initial=DEFAULT_DAYS)
    reasons = ReasonsField(
        _("Reasons"),
        help_text=_(
            "What is known, why this is necessary, and why less would not do. The approver reads this."
        ),
    )

    def __init__(self, ground: Ground, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.ground = ground
        known = grounds()
        self.fields["purpose"].choices = [_word(known.purposes[name]) for name in ground.purposes]  # type: ignore[attr-defined]
        self.fields["categories"].choices = [_word(known.categories[name]) for name in ground.categories]  # type: ignore[attr-defined]
        self.fields["sources"].choices = [  # type: ignore[attr-defined]
            (name, _said(name, meaning)) for name, meaning in known.sources.items()
        ]
        self.fields["means"].choices = [_word(word) for word in known.means.values()]  # type: ignore[attr-defined]
        days = self.fields["days"]
        days.widget.attrs["max"] = ground.longest_days
        days.help_text = translated("At most %(most)s on this ground. A renewal is a new decision.") % {
            "most": ground.longest_days
        }

    def draft(self) -> Draft:
        """What was asked for; its faults against the ground are found by ``clean``."""
        data = self.cleaned_data
        return Draft(
            ground=self.ground.name,
            purpose=data.get("purpose", ""),
            categories=tuple(data.get("categories", ())),
            sources=tuple(data.get("sources", ())),
            means=tuple(data.get("means", ())),
            reasons=data.get("reasons", ""),
            days=data.get("days") or 0,
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field, fault in self.draft().faults(grounds()).items():
            if field not in self.errors:
                self.add_error(field if field in self.fields else None, fault)
        return cleaned


class CoversField(forms.ModelMultipleChoiceField[Cover]):
    """Covers to tick; a key that no database has is no choice, as any other that is not there."""

    def clean(self, value: Any) -> Any:
        for one in value or ():
            if place.key(str(one)) is None:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": one}
                )
        return super().clean(value)


class RenewForm(AskForm):
    """A mandate that goes on from another, for the subjects for which it is still necessary."""

    which = forms.ChoiceField(
        label=_("Which subjects"),
        widget=forms.RadioSelect,
        choices=[
            ("chosen", _("those ticked below")),
            (
                "all",
                _(
                    "all of them: what was known of each then still holds, and the reasons below say what is new"
                ),
            ),
        ],
        initial="chosen",
    )
    keep = CoversField(
        label=_("Still necessary for"),
        queryset=Cover.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "many"}),
    )
    field_order = ("which", "keep")

    def __init__(self, mandate: Mandate, ground: Ground, *args: Any, **options: Any) -> None:
        super().__init__(ground, *args, **options)
        self.held = (
            mandate.covers.filter(approved=True, released_at__isnull=True)
            .select_related("subject")
            .order_by("subject__pseudonym")
        )
        keep = self.fields["keep"]
        keep.queryset = self.held  # type: ignore[attr-defined]
        keep.label_from_instance = lambda cover: cover.subject.pseudonym  # type: ignore[attr-defined]
        reasons = self.fields["reasons"]
        reasons.help_text = _(
            "What has been found since, and why it is still necessary. Not what was said before."
        )

    def kept(self) -> list[int]:
        """The keys of the covers that go on."""
        if self.cleaned_data["which"] == "all":
            return list(self.held.values_list("pk", flat=True))
        return [cover.pk for cover in self.cleaned_data["keep"]]


class SubjectForm(forms.Form):
    """One subject, with evidence of its own."""

    subject = forms.CharField(
        label=_("Pseudonym"), max_length=LONGEST_SUBJECT, help_text=_("The name under which its acts arrive.")
    )
    category = forms.ChoiceField(label=_("What it is taken to be"), widget=forms.RadioSelect)
    evidence = forms.CharField(
        label=_("Evidence"),
        min_length=SHORTEST_EVIDENCE,
        max_length=LONGEST_EVIDENCE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which acts of this subject in particular speak for the ground."),
    )
    source = forms.CharField(
        label=_("Where this comes from"),
        max_length=LONGEST_SOURCE,
        help_text=_("An own case, a report, a partner's letter, with its number."),
    )
    handle = forms.CharField(
        label=_("Handle"),
        max_length=LONGEST_HANDLE,
        required=False,
        help_text=_("Only if you have it. It is sealed at once, and no page shows it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, mandate: Mandate, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mandate = mandate
        known = grounds().categories
        self.fields["category"].choices = [_word(known[name]) for name in mandate.categories]  # type: ignore[attr-defined]

    def rows(self) -> list[Row]:
        """The one row."""
        data = self.cleaned_data
        return [Row(data["subject"], data["category"], data["evidence"], data["handle"])]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            against = why_not(self.rows()[0], self.mandate.categories)
            if against is not None:
                self.add_error(None, against)
        return cleaned


class RosterForm(forms.Form):
    """A list of subjects, each with evidence of its own."""

    source = forms.CharField(
        label=_("Where this list comes from"),
        max_length=LONGEST_SOURCE,
        help_text=_("Who made it, from what, and when."),
    )
    list = forms.CharField(
        label=_("List"),
        max_length=LONGEST_LIST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("CSV. The first line is: subject,category,evidence (and handle, if you have it)."),
    )

    def __init__(self, mandate: Mandate, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mandate = mandate

    def clean_list(self) -> list[Row]:  # type: ignore[valid-type]
        """The rows; a list that has to be refused is refused whole, with the reason."""
        try:
            return parse(self.cleaned_data["list"], self.mandate.categories)
        except RosterError as refused:
            raise forms.ValidationError(str(refused)) from None

    def rows(self) -> Any:
        """The rows."""
        return self.cleaned_data["list"]


class ApprovalForm(forms.Form):
    """Approve or refuse; the two buttons say which."""

    decision = forms.ChoiceField(
        choices=[("approve", ""), ("refuse", "")], widget=forms.HiddenInput, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("decision"):
            self.add_error(None, _("Say whether you approve or refuse."))
        return cleaned


class DecisionForm(ApprovalForm):
    """The decision about a mandate or a subject under it, with reasons."""

    reasons = ReasonsField(
        _("Reasons of the decision"),
        help_text=_("Why the grounds hold or do not hold, and whether less would do."),
    )
    read = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class EndForm(forms.Form):
    """The reasons for an end."""

    reasons = ReasonsField(_("Reasons"))


def _word(word: Word) -> tuple[str, SafeString]:
    return word.name, _said(word.title, word.meaning)


def _said(title: str, meaning: str) -> SafeString:
    return format_html('<span>{} <span class="soft">{}</span></span>', translated(title), translated(meaning))
