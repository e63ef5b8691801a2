"""Forms of the pages about cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy

from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.case import Case, CaseRole
from lapwing.desk.cases.condition import Sort
from lapwing.desk.moments.forms import WhenField, prose, words
from lapwing.desk.moments.text import visible_lines


class OpenForm(forms.Form):
    """A new case."""

    prefix = "open"
    title = words(gettext_lazy("Title"))
    reasons = prose(gettext_lazy("Why it is opened"))


class JoinForm(forms.Form):
    """An open case that a moment is linked to."""

    prefix = "join"
    case = forms.ModelChoiceField(label=gettext_lazy("Case"), queryset=Case.objects.none())
    why = prose(gettext_lazy("Why it belongs to it"), rows=2)

    def __init__(self, cases: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["case"]
        choice.queryset = cases


class AssessForm(forms.Form):
    """What somebody makes of a case."""

    prefix = "assess"
    benign = prose(gettext_lazy("What innocent explanation did you consider?"), rows=2)
    text = prose(gettext_lazy("Assessment"))


class TaskForm(forms.Form):
    """Something to be done."""

    prefix = "task"
    text = prose(gettext_lazy("What is to be done"), rows=2)
    due = WhenField(label=gettext_lazy("By when (UTC)"))
    person = forms.ModelChoiceField(
        label=gettext_lazy("By whom"), queryset=Person.objects.none(), required=False
    )

    def __init__(self, people: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["person"]
        choice.queryset = people


class PersonForm(forms.Form):
    """Somebody who is to take part."""

    prefix = "person"
    person = forms.ModelChoiceField(label=gettext_lazy("Who"), queryset=Person.objects.none())
    role = forms.ChoiceField(label=gettext_lazy("Role in the case"), choices=CaseRole.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["person"]
        choice.queryset = Person.objects.filter(is_active=True).exclude(
            Q(roles=["administrator"]) | Q(roles=["overseer"]) | Q(roles=[])
        )


class LinkForm(forms.Form):
    """A moment or a subject that belongs to the case."""

    prefix = "link"
    thing = words(
        gettext_lazy("Moment or subject"), gettext_lazy("The id of a moment, or the pseudonym of a subject.")
    )
    why = prose(gettext_lazy("Why it belongs to it"), rows=2)


class ConditionForm(forms.Form):
    """Something one wants to be told of."""

    prefix = "condition"
    sort = forms.ChoiceField(label=gettext_lazy("Tell me if"), choices=Sort.choices)
    text = words(
        gettext_lazy("Which"),
        gettext_lazy("The pseudonym, the context or the stage, as it stands."),
        required=False,
    )
    expires = WhenField(label=gettext_lazy("Until (UTC, 90 days at most)"))


class DoneForm(forms.Form):
    """What came of a task."""

    outcome = prose(gettext_lazy("Outcome"), rows=2)


class CloseForm(forms.Form):
    """Why a case is closed."""

    prefix = "close"
    reasons = prose(gettext_lazy("Why it is closed"))


class AnyText(forms.CharField):
    """Text that is taken whatever is in it: characters that cannot be shown are written by their number."""

    def to_python(self, value: Any) -> str:
        """The text, every character visible."""
        return visible_lines("\n".join(str(super().to_python(value) or "").splitlines()))


class ThreatForm(forms.Form):
    """What is known of a threat to life: one field, and nothing that could stand in the way."""

    text = AnyText(
        label=gettext_lazy("What do you know? Who, where, when?"),
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
    )
    page = AnyText(required=False, widget=forms.HiddenInput)

    def clean_page(self) -> str:
        """The page it was raised on, as far as it can be kept."""
        page: str = self.cleaned_data["page"]
        return page[:300]


class InformForm(forms.Form):
    """Who was informed."""

    who = words(gettext_lazy("Who was informed"))
