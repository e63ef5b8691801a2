"""Where a list goes on, as an address says it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lapwing.desk import place

NO_KEYS = ("", "²", "٣", "-1", "1.5", " 7", "9" * 19, "m-3f")


@given(st.integers(0, 10**18 - 1))
def test_every_key_that_a_database_gives_is_read(key: int) -> None:
    assert place.key(str(key)) == key


@pytest.mark.parametrize("text", NO_KEYS)
def test_whatever_else_is_typed_is_no_key(text: str) -> None:
    assert place.key(text) is None


@pytest.mark.django_db
@pytest.mark.parametrize("text", NO_KEYS)
@pytest.mark.parametrize(
    ("view", "name"), [("cases:list", "from"), ("seals:list", "before"), ("mandates:list", "before")]
)
def test_a_list_that_is_asked_to_go_on_nowhere_begins_at_its_beginning(
    as_analyst: Client, view: str, name: str, text: str
) -> None:
    as_analyst.post(reverse("moments:purpose"), {"purpose": "prevent"})
    assert as_analyst.get(reverse(view), {name: text}).status_code == 200
