"""What is kept of accounts in the database."""

from __future__ import annotations

from lapwing.desk.accounts.person import Person
from lapwing.desk.accounts.sign_in import SignIn
from lapwing.desk.accounts.token import Token

__all__ = ["Person", "SignIn", "Token"]
