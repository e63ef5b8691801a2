"""Contexts, pseudonyms and circles are written by strangers: they are text and never anything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_sample import meeting, run_record

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment
from lapwing.report.fragment import moment_html, moments_html
from lapwing.report.page import report
from lapwing.report.run_folder import KnownMoment
from lapwing.report.terminal import console, explanation
from lapwing.report.visible_text import anchor, label, shortened, visible

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'--></title></style></svg><b onclick=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "a\u200bb\u2066c\u2069",
    "\x00\x07\x1b[31m\x1b]0;title\x07",
    "line\nbreak\r\ttab",
    "\ud800 alone",
    "e" + "\u0301" * 50,
    "مرحبا",
    "x" * 20_000,
    "&amp;&lt;",
    "[bold]markup[/bold]",
    "",
]


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and the values that could act."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, ...]] = []
        self.links: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        self.links |= {value for name, value in attrs if name in ("href", "src", "action", "xlink:href")}


def structure(html: str) -> Structure:
    parser = Structure()
    parser.feed(html)
    parser.close()
    return parser


def renamed(text: str) -> tuple[Moment, Exhibit]:
    """A meeting of two in which every string that comes from a stream is this text, or begins with it."""
    moment, exhibit = meeting(
        seed=4, members=2, circles=2, acts=6, contexts=1, kinds=("share",), besides_a_day=0.4
    )
    names = {subject: f"{text}{number}" for number, subject in enumerate(moment.subjects)}
    return (
        replace(
            moment,
            id=text,
            stage=text or "x",
            subjects=tuple(names.values()),
            ledger=tuple(
                replace(
                    act,
                    subject=names[act.subject],
                    kind=text,
                    context=text,
                    with_=tuple(names[other] for other in act.with_),
                )
                for act in moment.ledger
            ),
        ),
        replace(
            exhibit,
            id=text,
            circles={names[subject]: f"{text}/{number}" for number, subject in enumerate(moment.subjects)},
            lanes=tuple(
                replace(act, subject=names[act.subject], kind=text, context=text) for act in exhibit.lanes
            ),
            ties_after=tuple(replace(tie, a=names[tie.a], b=names[tie.b]) for tie in exhibit.ties_after),
        ),
    )


def pages(text: str) -> Iterator[str]:
    moment, exhibit = renamed(text)
    run = run_record()
    run = replace(
        run,
        command=text,
        version=text,
        parameters={text: text},
        quarantine=replace(run.quarantine, file=text, reasons={text: 3}),
        read=replace(run.read, files=(replace(run.read.files[0], path=text),)),
    )
    yield report([KnownMoment(moment, moment)], {moment.id: exhibit}, run)
    yield moment_html(moment, exhibit)
    yield moments_html([moment], {moment.id: exhibit})


BENIGN = [structure(page) for page in pages("plain")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    for page, benign in zip(pages(text), BENIGN, strict=True):
        met = structure(page)
        assert met.elements == benign.elements
        assert met.links <= {"#moments", "#read", "#quarantine", "#parameters"}
        page.encode("utf-8")


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_text(text: str) -> None:
    for page, benign in zip(pages(text), BENIGN, strict=True):
        assert structure(page).elements == benign.elements


@pytest.mark.parametrize("text", HOSTILE)
def test_no_invisible_character_reaches_the_terminal(text: str) -> None:
    moment, exhibit = renamed(text)
    screen = console()
    with screen.capture() as shown:
        screen.print(explanation(KnownMoment(moment, moment), exhibit))
    assert all(character.isprintable() or character == "\n" for character in shown.get())


def test_markup_of_the_terminal_is_shown_as_written() -> None:
    moment, exhibit = renamed("[bold]x[/bold]")
    screen = console()
    with screen.capture() as shown:
        screen.print(explanation(KnownMoment(moment, moment), exhibit))
    assert "[bold]x[/bold]" in shown.get()


def test_direction_marks_are_shown_by_their_number() -> None:
    assert visible("\u202egnp.exe") == "⟨U+202E⟩gnp.exe"


def test_scripts_that_stack_marks_are_left_alone() -> None:
    assert visible("Tiếng Việt, हिन्दी, ไทย") == "Tiếng Việt, हिन्दी, ไทย"


def test_a_tower_of_marks_is_taken_down() -> None:
    assert visible("e" + "\u0301" * 5) == "e\u0301\u0301\u0301⟨U+0301⟩⟨U+0301⟩"


def test_what_is_left_out_of_a_long_text_is_said() -> None:
    assert shortened("x" * 20_000, 120).count("x") == 120
    assert "…(19,880 characters)…" in shortened("x" * 20_000, 120)


@given(st.text(), st.integers(6, 40))
def test_labels_fit(text: str, most: int) -> None:
    assert len(label(text, most)) <= most
    assert all(character.isprintable() for character in label(text, most))


@given(st.text())
def test_anchors_are_names(text: str) -> None:
    assert all(character.isalnum() or character in "_.-" for character in anchor(text))
    assert anchor(text).isascii()
