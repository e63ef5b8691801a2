"""A person of the team."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.accounts.role import ROLES, why_not_together

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What pseudonyms are made of: no two characters that are taken for one another."""


def new_pseudonym() -> str:
    """A fresh name for exports, under which nobody can guess the person."""
    return "p-" + "".join(secrets.choice(LETTERS) for _ in range(8))


class People(BaseUserManager["Person"]):
    """All persons, those whose account is closed included."""

    def create_person(self, username: str, roles: list[str], password: str | None = None) -> Person:
        """A new person who can sign in with the password, or by other means only when there is none.

        Raises
        ------
        ValidationError
            When the name is malformed or taken, or the roles do not go together.
        """
        person = self.model(username=username, roles=roles)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person of this name, however it was typed."""
        return self.get(username=(username or "").lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. Exports know them by their pseudonym only."""

    username = models.CharField(
        _("name"),
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z][a-z0-9._-]*\Z",
                _(
                    "A name begins with a letter and has small letters, digits, dots, dashes and underscores only."
                ),
            )
        ],
    )
    roles = models.JSONField(_("roles"), default=list, blank=True)
    """Names of `ROLES`."""
    pseudonym = models.CharField(max_length=16, unique=True, default=new_pseudonym, editable=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    language = models.CharField(max_length=8, blank=True, default="")
    """The language chosen, or empty for what the browser asks for."""
    initial_until = models.DateTimeField(null=True, blank=True, editable=False)
    """Until when a password that somebody else made for them may be used, only to choose one of their own."""
    joined = models.DateTimeField(default=clock.now, editable=False)
    closed = models.DateTimeField(null=True, blank=True, editable=False)
    """When the account was closed; it is never deleted, since the audit log names it."""

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ("username",)

    def __str__(self) -> str:
        return self.username

    @property
    def about(self) -> str:
        """How the audit log names them: never by their name."""
        return f"person:{self.pseudonym}"

    def clean(self) -> None:
        super().clean()
        against = (
            why_not_together(self.roles)
            if isinstance(self.roles, list) and all(isinstance(name, str) for name in self.roles)
            else str(_("Roles are a list of names."))
        )
        if against:
            raise ValidationError({"roles": against})

    def has_role(self, *names: str) -> bool:
        """Whether they hold one of these roles."""
        unknown = set(names) - set(ROLES)
        if unknown:
            raise LookupError(f"there is no role {sorted(unknown)[0]!r}")
        return any(name in self.roles for name in names)

    @property
    def needs_second_factor(self) -> bool:
        """Whether one of their roles decides things that a stolen password must not decide."""
        return any(ROLES[name].consequential for name in self.roles)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.roles = [name for name in ROLES if name in self.roles]
        super().save(*args, **kwargs)
