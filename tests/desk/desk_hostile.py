"""What somebody who means harm types into a desk, and what a page must not make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes

import pytest
from django.db import transaction
from django.forms import BaseForm
from django.http import QueryDict

MARKUP = "\"'><b id=lw-in onmouseover=lw()>{{ 7|add:7 }}{% now %}</b><script>lw()</script></textarea>\u202e\u2066';--"
"""Breaks out of text, attribute, text area, template and SQL, where it is not kept as text."""
FOR_DATABASES: tuple[str | bytes, ...] = (
    MARKUP,
    "' OR 1=1; DROP TABLE moments_moment; --%_\\",
    "x" * 100_000,
    "a\u202eb\u2066c\u200fd\u2028e",
    "nul\x00byte",
    b"\xed\xa0\x80 lone surrogate",
    "9" * 40,
    "9223372036854775808",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59.999999",
    "a" + "\u0301" * 500 + "\U0001d4b3",
)
"""What one database takes and another does not."""
VALUES: tuple[str | bytes, ...] = (
    *FOR_DATABASES,
    b"\xff\xfe no text",
    "-1",
    "1e999",
    "NaN~m-1",
    "2026-02-30T25:61",
    "2026-11-24T12:00:00+99:99",
    "00000000-0000-0000-0000-00000000000g",
    "",
    "\u00b2",
    "../../etc/passwd",
    "//example.org/",
    "{}",
    "[" * 20_000,
)
"""Bytes are what no text is; they come percent-encoded, as all else."""
GAPS = (
    "9" * 40,
    "0",
    "a%00b",
    "%ED%A0%80",
    "%22%3E%3Cb%20id=lw-in%3E",
    "y" * 5_000,
    "%E2%80%AE",
    "%2e%2e%2f",
    "-1",
)
"""What is put into the gaps of an address."""


def encoded(fields: Sequence[tuple[str, str | bytes]]) -> bytes:
    """A form or a query, as it goes over the wire."""
    pairs = (
        (name.encode("utf-8", "replace"), value if isinstance(value, bytes) else value.encode("utf-8"))
        for name, value in fields
    )
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs).encode()


@contextmanager
def asked(patch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names that are asked of queries and forms while this lasts: what a page takes, whoever wrote the page."""
    names: set[str] = set()

    def recorded(method: str) -> Any:
        own = getattr(QueryDict, method)

        def ask(self: QueryDict, key: str, *rest: Any) -> Any:
            names.add(key)
            return own(self, key, *rest)

        return ask

    with patch.context() as during:
        for method in ("__getitem__", "__contains__", "get", "getlist"):
            during.setattr(QueryDict, method, recorded(method))
        yield names
    names.discard("csrfmiddlewaretoken")


@contextmanager
def bound(patch: pytest.MonkeyPatch) -> Iterator[dict[str, BaseForm]]:
    """The forms that are filled from a request while this lasts, by the names that their fields have on the page."""
    forms: dict[str, BaseForm] = {}
    own = BaseForm.full_clean

    def noted(form: BaseForm) -> None:
        if form.is_bound:
            forms.update(dict.fromkeys(map(form.add_prefix, form.fields), form))
        own(form)

    with patch.context() as during:
        during.setattr(BaseForm, "full_clean", noted)
        yield forms


def refused(form: BaseForm, fields: Sequence[tuple[str, str | bytes]]) -> set[str]:
    """The names of those fields that a form refuses when it is filled like this; any other error is a fault of it."""
    again = copy(form)
    again.data = QueryDict(encoded(fields))
    again._bound_fields_cache = {}  # type: ignore[attr-defined]
    with transaction.atomic():
        again.full_clean()
    return {again.add_prefix(name) for name in again.errors}


class Fields(HTMLParser):
    """The fields of all forms of a page, and for each what a well-meaning person would choose."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.chosen: dict[str, str] = {}
        """By name; free text is not in it."""
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value, sort = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and value:
            self.chosen.setdefault(self._select, value)
        elif tag == "a":
            # A choice can be a link as well, with the answer to what a page asks first.
            for question, answer in parse_qsl(given.get("href", "").partition("?")[2]):
                self.chosen.setdefault(question, answer)
        elif not name or name == "csrfmiddlewaretoken":
            return
        elif tag == "button" or (tag == "input" and sort in ("radio", "checkbox", "hidden", "number")):
            self.chosen.setdefault(name, value or "1")
        elif tag == "input" and sort == "datetime-local":
            self.chosen.setdefault(name, given.get("max") or value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


ISOLATED = {"hostile", "words", "id"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Harm(HTMLParser):
    """What came through of `MARKUP` in a page: elements, attributes, and marks that turn what stands beside them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id") == "lw-in" or any(name.startswith("on") for name in given):
            self.found.append(self.get_starttag_text() or tag)
        if tag == "script" and not given.get("src") and given.get("type") != "application/json":
            self.found.append("a script without an address")
        isolated = tag in ("textarea", "code", "bdi") or bool(
            ISOLATED & set((given.get("class") or "").split())
        )
        if tag not in VOID:
            self._open.append((tag, isolated))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if ("\u202e" in data or "\u2066" in data) and not any(isolated for _tag, isolated in self._open):
            at = data.index("\u202e") if "\u202e" in data else data.index("\u2066")
            within = " ".join(tag for tag, _isolated in self._open[-3:])
            self.found.append(f"turns what follows, in <{within}>: {data[max(0, at - 30) : at]!r}")
