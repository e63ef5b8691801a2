"""Every text of the report's components is there in French, and a moment reads as French."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from jinja2 import nodes
from report_sample import meeting, shift

import lapwing.report
from catalogue import Text, Translations
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.exhibit import ClimbShown, Exhibit, StageShown
from lapwing.moments.ladder_file import load, shipped
from lapwing.moments.moment import Moment
from lapwing.report import sentence, words
from lapwing.report.environment import environment
from lapwing.report.gist import gist
from lapwing.report.language import speaking
from lapwing.report.moment_view import moment_view

REPORT = Path(lapwing.report.__file__).parent
FRENCH = REPORT / "locale" / "fr" / "LC_MESSAGES" / "report.po"
ONE = {"say", "to_say"}
SEVERAL = {"say_several"}


def counted(noun: str, plural: str | None = None) -> Iterator[Text]:
    """The texts that a count and its noun are looked up by."""
    several = plural or f"{noun}s"
    yield from ((f"no {several}",), (f"one {noun}",), (f"%(n)s {several}",))


def texts_of_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        given = [part.value for part in node.args if isinstance(part, ast.Constant)]
        if name in ONE and given:
            yield (str(given[0]),)
        elif name in SEVERAL:
            yield tuple(str(part) for part in given)
        elif name == "counted" and given:
            yield from counted(*(str(part) for part in given))


def texts_of_components() -> Iterator[Text]:
    for name in environment().list_templates():
        source = (REPORT / "components" / name).read_text(encoding="utf-8")
        for _, _, text in environment().extract_translations(source):
            yield (text,) if isinstance(text, str) else tuple(part for part in text if part is not None)
        for call in environment().parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "counted":
                yield from counted(*(str(part.value) for part in call.args if isinstance(part, nodes.Const)))


def texts_of_ladders() -> Iterator[Text]:
    vocabulary = Vocabulary.load()
    for ladder in (load(name, vocabulary) for name in shipped()):
        yield (ladder.name,)
        for stage in ladder.stages:
            yield from ((text,) for text in (stage.name, stage.meaning, stage.caveat, stage.against))


def texts_of_kinds() -> Iterator[Text]:
    """Kinds are looked up with what they are in front: as words alone, some say something else elsewhere."""
    yield from ((f"kind: {name}",) for name in Vocabulary.load().kinds)


def texts() -> frozenset[Text]:
    found = {text for file in REPORT.glob("*.py") for text in texts_of_python(file.read_text("utf-8"))}
    return frozenset((*found, *texts_of_components(), *texts_of_ladders(), *texts_of_kinds()))


def test_every_text_of_the_report_has_its_translation() -> None:
    french = Translations(FRENCH, texts())
    french.update()
    assert french.faults() == []


ENGLISH = re.compile(
    r"\b(?:the|of|and|with|from|since|were|was|has|have|acts|subjects|raised|onset|ledger|about|once|chance)\b"
)


def climbing() -> tuple[Moment, Exhibit]:
    """A meeting whose members climb a ladder that comes with Lapwing."""
    moment, exhibit = meeting()
    ladder = load("preparation", Vocabulary.load())
    here = ladder.stages[2]
    climb = ClimbShown(
        ladder.name,
        tuple(StageShown(stage.name, 0.125, exhibit.onset_between[0]) for stage in ladder.stages),
        tuple((kind, 0.2) for kind in here.kinds),
        here.caveat,
        here.against,
    )
    return replace(moment, stage=f"{ladder.name} / {here.name}"), replace(exhibit, climb=climb)


@pytest.mark.parametrize("made", [meeting, shift, climbing])
def test_no_english_is_left_in_a_moment_read_in_french(made: Callable[[], tuple[Moment, Exhibit]]) -> None:
    moment, exhibit = made()
    with speaking("fr"):
        view = moment_view(moment, exhibit, as_raised=replace(moment, subjects=moment.subjects[:1]))
        names = ["against", "contexts", "curve", "ledger", "members", "timeline"]
        names += ["network"] if view.network else []
        names += ["stages"] if exhibit.climb else []
        shown = [environment().get_template(f"{name}.html").render(view=view) for name in names]
    said = " ".join(
        [view.title, view.sentence, view.when, view.growth or "", view.kinds, view.circles, *shown]
    )
    text = re.sub(r"<code>[^<]*</code>|<[^>]+>", " ", said)
    assert not ENGLISH.findall(text)


def test_a_moment_reads_as_french() -> None:
    moment, exhibit = meeting()
    with speaking("fr"):
        assert sentence.title(gist(moment, exhibit)) == "Rencontre de huit sujets, sans lien connu auparavant"
        assert sentence.sentence(moment, exhibit) == (
            "Huit sujets appartenant à six cercles ont repris quatre contextes les uns des autres en douze actes "
            "depuis le mar. 2 juin 2015 14:00 UTC (début entre 13:10 et 16:40) ; par le seul hasard, l’ensemble de "
            "ce qui est suivi montrerait un tel moment environ une fois en 90 ans."
        )
        assert words.number(915_000) == "915\N{NO-BREAK SPACE}000"
        assert words.counted(0, "subject") == "aucun sujet"
    assert sentence.title(gist(moment, exhibit)) == "Meeting of eight subjects, no ties known before"


def test_what_strangers_and_users_wrote_is_left_as_it_is() -> None:
    with speaking("fr"):
        assert sentence.stage_name("our own / 50 %s off") == "our own / 50 %s off"
        assert sentence.stage_name("campaign / seeding") == "campagne / ensemencement"


def test_two_readers_at_once_each_read_their_own_language() -> None:
    def read(language: str) -> str:
        with speaking(language):
            barrier.wait()
            return words.once_in(1)

    barrier = Barrier(2)
    with ThreadPoolExecutor(2) as readers:
        assert list(readers.map(read, ("fr", "en"))) == ["environ une fois par jour", "about once a day"]


def test_a_language_that_nobody_has_translated_reads_as_english() -> None:
    with speaking("cy"):
        assert words.once_in(1) == "about once a day"
