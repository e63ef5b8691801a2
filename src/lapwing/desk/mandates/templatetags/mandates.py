"""Words of mandates in pages: the closed lists by what people call them."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk.mandates.ground import grounds

register = template.Library()

STEPS = {
    "mandate.ask": gettext_lazy("asked for"),
    "mandate.add_subject": gettext_lazy("subjects added"),
    "mandate.approve": gettext_lazy("approved"),
    "mandate.refuse": gettext_lazy("refused"),
    "mandate.withdraw": gettext_lazy("withdrawn"),
    "mandate.cancel": gettext_lazy("cancelled"),
    "mandate.decide_subject": gettext_lazy("a further subject decided"),
    "mandate.decide_independently": gettext_lazy("a protected subject independently approved"),
    "mandate.release_subject": gettext_lazy("a subject let go"),
    "guard.refuse": gettext_lazy("somebody was refused"),
}
"""What the entries of a mandate's history are called."""


@register.filter
def ground_title(name: str) -> str:
    """What a ground is called; its own name when the file no longer has it."""
    known = grounds().grounds.get(name)
    return _(known.title) if known else name


@register.filter
def purpose_title(name: str) -> str:
    """What a purpose is called."""
    known = grounds().purposes.get(name)
    return _(known.title) if known else name


@register.filter
def category_title(name: str) -> str:
    """What a category of subjects is called."""
    known = grounds().categories.get(name)
    return _(known.title) if known else name


@register.filter
def category_titles(names: Sequence[str]) -> str:
    """Several of them."""
    return ", ".join(category_title(name) for name in names)


@register.filter
def means_titles(names: Sequence[str]) -> str:
    """What several means are called, in the order of the list."""
    return ", ".join(_(word.title) for word in grounds().means.values() if word.name in names)


@register.filter
def step_title(action: str) -> str:
    """What an entry of the audit log about a mandate is called."""
    return str(STEPS.get(action, action))
