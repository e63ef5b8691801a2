"""The forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lapwing.desk.accounts.person import Person
from lapwing.desk.accounts.role import ROLES, why_not_together
from lapwing.desk.accounts.token import SCOPES


class RolesField(forms.MultipleChoiceField):
    """Roles to tick, each with what it does."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=lambda: [(role.name, f"{role.title}: {role.does}") for role in ROLES.values()],
            label=_("Roles"),
            **options,
        )

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        against = why_not_together(value)
        if against:
            raise forms.ValidationError(against)


class EnrolForm(forms.ModelForm[Person]):
    """A new person."""

    roles = RolesField()

    class Meta:
        model = Person
        fields = ("username", "roles")

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        return name.lower()


class RolesForm(forms.Form):
    """Other roles for a person, with the reason."""

    roles = RolesField(required=False)
    why = forms.CharField(label=_("Reason"), max_length=500)


class ReasonForm(forms.Form):
    """The reason for what is done to an account."""

    why = forms.CharField(label=_("Reason"), max_length=500)


class TokenForm(forms.Form):
    """A new token for a machine."""

    name = forms.CharField(label=_("What uses it"), max_length=64)
    scopes = forms.MultipleChoiceField(
        label=_("What it is for"), choices=lambda: list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label=_("Days until it expires"), min_value=1, max_value=366, initial=90)
