"""What a security key says, as a browser hands it on; whatever is sent in its place is refused as a wrong key."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as keys
from django import forms

FAULTS = (TypeError, ValueError, LookupError, AttributeError, RecursionError)
"""What the library raises when it is handed something that no key says."""


class CredentialField(forms.JSONField):
    """JSON that nobody has to be able to read: of any depth, and of any shape."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise get_adapter().validation_error("incorrect_code") from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing: what was refused is not shown again, a key says it anew."""
        return None


class AddForm(keys.AddWebAuthnForm):  # type: ignore[misc]
    """A key is added."""

    credential = CredentialField()

    def clean(self) -> Any:
        try:
            return super().clean()
        except forms.ValidationError:
            raise
        except FAULTS:
            raise get_adapter().validation_error("incorrect_code") from None


class AuthenticateForm(keys.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A key is the second factor."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()
        except forms.ValidationError:
            raise
        except FAULTS:
            raise get_adapter().validation_error("incorrect_code") from None


class LoginForm(AuthenticateForm, keys.LoginWebAuthnForm):  # type: ignore[misc]
    """A key is enough to sign in."""


class ReauthenticateForm(AuthenticateForm, keys.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A key confirms who it is."""
