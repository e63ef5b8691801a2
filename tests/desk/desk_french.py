"""The pages of the desk in French: all that a person comes to by following links, and the English left on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from django.test import Client
from django.urls import Resolver404, resolve

EACH_MOST = 3
"""Pages of one sort that are read: the hundredth mandate says what the first says."""
ENGLISH = re.compile(
    r"(?<![\w.:/\u2019'-])(?:the|of|and|with|from|since|was|were|has|have|been|this|that|which|for|not|you|your|nobody"
    r"|nothing|is|are|its|what|who|when|until|by|to|over|about|once|before|after|none|open|closed|waiting|used)"
    r"(?![\w.:/\u2019'-])",
    re.IGNORECASE,
)
DATA = {"words", "id", "hostile", "data"}
"""Classes of what people or streams have written, which no page translates."""
VOID = {
    "area",
    "base",
    "br",
    "col",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
    "path",
    "circle",
    "rect",
}
SAID = {"title", "aria-label", "placeholder", "alt", "value", "label"}


class _Read(HTMLParser):
    """What a page says, without what stands on it as data."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.links: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(unescape(given["href"]))
        data = tag in ("code", "pre", "script", "style", "textarea") or bool(
            DATA & set(given.get("class", "").split())
        )
        data = data or given.get("lang", "fr") != "fr"
        hidden = any(self._open) or data
        if not hidden:
            shown = SAID if given.get("type") in ("submit", "button") else SAID - {"value"}
            self.said += [given[name] for name in shown & given.keys()]
        if tag not in VOID:
            self._open.append(data)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.said.append(data)


def english(html: str) -> list[str]:
    """The pieces of a page that say something in English.

    >>> english("<p>Bonjour</p><p>Nobody was here</p><code>if not this</code>")
    ['Nobody was here']
    """
    read = _Read()
    read.feed(html)
    return [" ".join(piece.split()) for piece in read.said if ENGLISH.search(piece)]


def pages(client: Client, *starts: str) -> Iterator[tuple[str, str]]:
    """Address and content of the pages that links lead to from here, some of each sort."""
    seen: set[str] = set()
    sorts: Counter[str] = Counter()
    ahead = list(starts)
    while ahead:
        address = ahead.pop(0).partition("#")[0]
        if not address or address in seen:
            continue
        seen.add(address)
        try:
            match = resolve(address.partition("?")[0])
        except Resolver404:
            continue
        sort = f"{match.view_name} {'?' in address}"
        sorts[sort] += 1
        if sorts[sort] > EACH_MOST or "logout" in address:
            continue
        answer = client.get(address, headers={"accept-language": "fr"}, follow=True)
        if answer.streaming or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        html = answer.content.decode()
        yield address, html
        read = _Read()
        read.feed(html)
        path = address.partition("?")[0]
        ahead += [link if link.startswith("/") else path + link for link in read.links if link[:1] in "/?"]
