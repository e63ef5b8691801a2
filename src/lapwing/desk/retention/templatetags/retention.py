"""Words of retention in pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from lapwing.desk.retention.term import terms

register = template.Library()


@register.filter
def term_title(name: str) -> str:
    """What a term is called."""
    known = terms().terms.get(name)
    return _(known.title) if known else name
