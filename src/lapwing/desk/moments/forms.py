"""Forms of the pages about moments: what is asked, in which order, and what is refused."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk.accounts.models import Person
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT
from lapwing.desk.moments.text import plain, reason
from lapwing.desk.moments.vocabulary import vocabulary


class ProseField(forms.CharField):
    """A text of several lines."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """The text with its lines ended as everywhere here; browsers send both characters of a typewriter."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


def prose(label: Any, help_text: Any = "", *, rows: int = 3) -> ProseField:
    """A field for a reason: long enough to be judged by somebody else, and shown as it was typed."""
    return ProseField(
        label=label,
        help_text=help_text,
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": rows}),
        validators=[plain, reason],
    )


def words(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    """A field for a name or a source, in one line."""
    return forms.CharField(
        label=label, help_text=help_text, max_length=LONGEST_LINE, required=required, validators=[plain]
    )


class WhenField(forms.DateTimeField):
    """A date and time, typed in UTC, as the page says beside it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)

    def to_python(self, value: Any) -> Any:
        """The time, aware of its zone."""
        time = super().to_python(value)
        return None if time is None else time.astimezone(UTC)


class PurposeForm(forms.Form):
    """What one looks for."""

    purpose = forms.ChoiceField(label=gettext_lazy("What do you look for?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["purpose"]
        choice.choices = [
            (name, _titled(word.title, word.meaning)) for name, word in grounds().purposes.items()
        ]


class FactForm(forms.Form):
    """Something that is so."""

    prefix = "fact"
    text = prose(gettext_lazy("Fact"), gettext_lazy("What is so, without what you make of it."), rows=2)
    source = words(gettext_lazy("Where it comes from"))


class AssessForm(forms.Form):
    """The innocent explanation first, then the judgement and its reasons."""

    prefix = "assess"
    benign = prose(
        gettext_lazy("What innocent explanation did you consider?"),
        gettext_lazy(
            "News, a holiday, a match, a campaign, one person behind several of them, other sources."
        ),
    )
    judgement = forms.ChoiceField(label=gettext_lazy("Your judgement"), widget=forms.RadioSelect)
    reasons = prose(gettext_lazy("Reasons"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["judgement"]
        choice.choices = [
            (name, _titled(one.title, one.meaning)) for name, one in vocabulary().judgements.items()
        ]


class DecideForm(forms.Form):
    """A choice out of those that this person may make, and what goes with it."""

    prefix = "decide"
    choice = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    reasons = prose(gettext_lazy("Reasons"))
    benign = prose(gettext_lazy("Innocent explanation that was considered"), rows=2)
    review = WhenField(
        label=gettext_lazy("Next review (UTC)"),
        required=False,
        help_text=gettext_lazy("Empty: as late as the decision allows. A decision that closes has none."),
    )
    recipient = words(
        gettext_lazy("Who receives the data"), gettext_lazy("For a referral only."), required=False
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["choice"]
        choice.choices = [
            (name, _said(name)) for name, kind in vocabulary().choices.items() if person.has_role(*kind.roles)
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for a recipient where there is one."""
        data = super().clean() or {}
        kind = vocabulary().choices.get(data.get("choice", ""))
        if kind is not None and kind.recipient and not data.get("recipient"):
            self.add_error("recipient", _("Say who receives the data."))
        return data


class ReasonForm(forms.Form):
    """A step that takes a reason and nothing else."""

    why = prose(gettext_lazy("Reasons"), rows=2)

    def __init__(self, *args: Any, label: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["why"].label = label


class ReviewForm(ReasonForm):
    """Another date for the next review."""

    date = WhenField(label=gettext_lazy("Next review (UTC)"))
    field_order = ("date", "why")


class MergeForm(ReasonForm):
    """Which moment it is one matter with."""

    into = words(gettext_lazy("Into which moment"), gettext_lazy("Its id, such as m-2f9c41."))
    field_order = ("into", "why")


class SplitForm(ReasonForm):
    """Which subjects are taken out."""

    subjects = forms.MultipleChoiceField(
        label=gettext_lazy("Which subjects"), widget=forms.CheckboxSelectMultiple
    )
    field_order = ("subjects", "why")

    def __init__(self, members: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["subjects"]
        choice.choices = [(name, name) for name in members]


class ExportForm(ReasonForm):
    """Who receives the ledger, in which form, and why."""

    recipient = words(
        gettext_lazy("Who receives it"), gettext_lazy("A name under which they can be told of corrections.")
    )
    form = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[
            ("csv", gettext_lazy("ledger, a line for each act (CSV)")),
            ("jsonl", gettext_lazy("moment with its ledger (JSON Lines)")),
        ],
    )
    field_order = ("recipient", "form", "why")


class NoticeForm(forms.Form):
    """How a recipient was told."""

    how = words(gettext_lazy("How they were told"), gettext_lazy("By whom, to whom, by which means."))


class BudgetForm(ReasonForm):
    """How often a false alarm is accepted."""

    days = forms.FloatField(
        label=gettext_lazy("Days for each false alarm"),
        min_value=0.05,
        max_value=3650,
        help_text=gettext_lazy(
            "30: one false alarm in 30 days is accepted. Fewer days show weaker signs as well."
        ),
    )
    field_order = ("days", "why")


def _titled(title: str, meaning: str) -> str:
    return _("%(title)s: %(meaning)s") % {"title": _(title), "meaning": _(meaning)}


def _said(name: str) -> str:
    kind = vocabulary().choices[name]
    second = " " + _("Takes effect when a second reader agrees.") if kind.second else ""
    meaning = _(kind.meaning).removesuffix(".")
    return _("%(title)s: %(meaning)s.%(second)s") % {
        "title": _(kind.title),
        "meaning": meaning,
        "second": second,
    }
