"""Who may do what with api."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.api.models import Letter, LetterState, Webhook
from lapwing.desk.guard import rule


@rule("webhook.list", roles={"administrator", "overseer"}, content=False)
def list_webhooks(person: Person, thing: None) -> str | None:
    """See which addresses are told that something was stated, and what could not be delivered."""
    return None


@rule("webhook.change", roles={"administrator"}, content=False)
def change_webhook(person: Person, thing: Webhook | None) -> str | None:
    """Add a webhook, see its secret, give it a new one, or end it."""
    return None if thing is None or thing.ended is None else _("This webhook has ended. Add a new one.")


@rule("webhook.send_again", roles={"administrator"}, content=False)
def send_again(person: Person, thing: Letter) -> str | None:
    """Try a letter again that was given up."""
    return None if thing.state == LetterState.DEAD else _("Only what was given up can be sent again.")
