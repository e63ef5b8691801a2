"""Ladders: what ships can be answered for; what must not be a stage is refused with place and reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lapwing.events.vocabulary import Vocabulary
from lapwing.evidence import ladder, what
from lapwing.moments.ladder_file import Ladder, LadderError, is_weak, load, parse, shipped

VOCABULARY = Vocabulary.load()

GOOD = """\
name: trade
meaning: stolen goods are sold on
half_life: 90
stages:
  - name: offer
    meaning: goods are offered
    days: 20
    enters: 3
    kinds: {sell: 2, message: 1}
    source: working assumption, check with your own cases
    caveat: so does every shop
    against: the goods were bought before
  - name: delivery
    meaning: goods are brought
    days: 10
    enters: 1
    kinds: {travel: 1, visit: 1}
    source: working assumption, check with your own cases
    caveat: so does every courier
    against: the journeys are as before
"""


def test_a_ladder_is_read_as_written() -> None:
    loaded = parse(GOOD, "trade.yaml", VOCABULARY)
    assert loaded.name == "trade"
    assert [stage.name for stage in loaded.stages] == ["offer", "delivery"]
    assert loaded.stages[0].kinds == {"sell": 2.0, "message": 1.0}
    assert loaded.stages[1].caveat == "so does every courier"


def test_rungs_number_the_kinds_like_the_vocabulary() -> None:
    rungs = parse(GOOD, "trade.yaml", VOCABULARY).rungs(VOCABULARY)
    kinds = list(VOCABULARY.kinds)
    assert rungs.weights[0, kinds.index("sell")] == pytest.approx(2 / 3)
    assert rungs.weights.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert rungs.enters == pytest.approx([0.75, 0.25])
    assert rungs.days.tolist() == [20.0, 10.0]
    assert bool(rungs.weak[kinds.index("visit")])
    assert not rungs.weak[kinds.index("sell")]


def edited(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


REFUSED = {
    "a forbidden kind": (
        edited("sell: 2", "prayer: 2"),
        "trade.yaml, line 9, column 13: 'prayer' is never a stage of anything: belief and worship are free"
        " (N13; ECHR Art. 9).\nTake it out.",
    ),
    "a forbidden stage name": (
        edited("name: offer", "name: protest march"),
        "trade.yaml, line 5, column 11: a stage cannot be called 'protest march': lawful protest, assembly,"
        " association and speech are free (N13; ECHR Arts 10 and 11).\n"
        "Name it after recorded acts, and take out what only this name would cover.",
    ),
    "a forbidden ladder name": (
        edited("name: trade", "name: religious extremism"),
        "trade.yaml, line 1, column 7: a ladder cannot be called 'religious extremism': religion is never"
        " recorded or inferred, nor what stands in for it (N2; Directive (EU) 2016/680 Art. 10, GDPR"
        " Art. 9).\n"
        "Name it after recorded acts, and take out what only this name would cover.",
    ),
    "an unknown kind": (
        edited("sell: 2", "selling: 2"),
        "trade.yaml, line 9, column 13: the vocabulary has no kind 'selling'.\nDid you mean sell?",
    ),
    "a kind like no other": (
        edited("sell: 2", "zzz: 2"),
        "trade.yaml, line 9, column 13: the vocabulary has no kind 'zzz'.\n"
        "Add it to your vocabulary file first.",
    ),
    "weak kinds alone": (
        edited("{travel: 1, visit: 1}", "{visit: 1, post: 3}"),
        "trade.yaml, line 17, column 12: the stage 'delivery' rests on weak kinds alone.\n"
        "Weak kinds, and mere talk, never raise a moment alone: add another kind, or take the stage out.",
    ),
    "mere talk": (
        edited("{sell: 2, message: 1}", "{message: 1, call: 3}"),
        "trade.yaml, line 9, column 12: the stage 'offer' rests on weak kinds alone.\n"
        "Weak kinds, and mere talk, never raise a moment alone: add another kind, or take the stage out.",
    ),
    "no kinds": (
        edited("{travel: 1, visit: 1}", "{}"),
        "trade.yaml, line 17, column 12: the stage 'delivery' rests on weak kinds alone.\n"
        "Weak kinds, and mere talk, never raise a moment alone: add another kind, or take the stage out.",
    ),
    "no caveat": (
        edited("    caveat: so does every shop\n", ""),
        "trade.yaml, line 5, column 5: a stage lacks caveat.\n"
        "It must have all of: name, meaning, days, enters, kinds, source, caveat, against.",
    ),
    "an empty source": (
        edited("source: working assumption, check with your own cases", "source: ''"),
        "trade.yaml, line 10, column 13: the source says nothing.\n"
        "Write a sentence. A stage without a source cannot be answered for.",
    ),
    "an unknown field": (
        edited("    enters: 3\n", "    enters: 3\n    risk: 9\n"),
        "trade.yaml, line 9, column 5: a stage has no field 'risk'.\n"
        "Its fields are: name, meaning, days, enters, kinds, source, caveat, against.",
    ),
    "a field twice": (
        edited("    enters: 3\n", "    enters: 3\n    enters: 4\n"),
        "trade.yaml, line 9, column 5: 'enters' stands twice.\nKeep one of the two.",
    ),
    "a weight that is no number": (
        edited("sell: 2", "sell: much"),
        "trade.yaml, line 9, column 19: sell must be a number above 0.\nWrite it with a point: 30 or 0.5.",
    ),
    "a negative stay": (
        edited("days: 20", "days: -20"),
        "trade.yaml, line 7, column 11: days must be a number above 0.\nWrite it with a point: 30 or 0.5.",
    ),
    "a name in capitals": (
        edited("name: offer", "name: OFFER!"),
        "trade.yaml, line 5, column 11: this is no name for a stage.\n"
        "A name is up to 40 lower-case letters, digits, spaces and hyphens.",
    ),
    "a stage twice": (
        edited("name: delivery", "name: offer"),
        "trade.yaml, line 13, column 5: the stage 'offer' stands twice.\nGive each stage a name of its own.",
    ),
    "one stage": (
        GOOD[: GOOD.index("  - name: delivery")],
        "trade.yaml, line 5, column 3: a ladder needs at least two stages.\n"
        "List them in the order they are climbed in.",
    ),
    "kinds as a list": (
        edited("{sell: 2, message: 1}", "[sell, message]"),
        "trade.yaml, line 9, column 12: kinds is written as names with a colon.\n"
        "See the ladders that come with Lapwing.",
    ),
    "no YAML": (
        edited("{sell: 2, message: 1}", "{sell: 2"),
        "trade.yaml, line 10, column 11: not YAML: expected ',' or '}', but got ':'.\n"
        "Correct the file at this place.",
    ),
    "an empty file": ("", "trade.yaml: empty.\nA ladder has the fields name, meaning, half_life, stages."),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_says_where_and_why_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(LadderError) as error:
        parse(text, "trade.yaml", VOCABULARY)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "kind",
    [
        "prayer",
        "sermon",
        "pilgrimage",
        "conversion_to_islam",
        "mosque_visit",
        "quran_study",
        "scripture",
        "reading",
        "book_title",
        "search_history",
        "protest",
        "petition",
        "demonstration",
        "slogans",
        "election_meeting",
        "lawful_speech",
        "criticism",
        "political_meeting",
        "union_meeting_trade_union",
        "ethnicity",
        "asylum",
        "language",
        "vpn_use",
        "encrypted_message",
        "voice_match",
        "risk_score",
        "intercepted_call",
    ],
)
def test_belief_speech_and_traits_are_never_a_stage(kind: str) -> None:
    with pytest.raises(LadderError, match="is never a stage of anything") as error:
        parse(edited("sell: 2", f"{kind}: 2"), "own.yaml", VOCABULARY)
    assert str(error.value).startswith(f"own.yaml, line 9, column 13: {kind!r}")


def test_a_forbidden_kind_is_refused_even_if_a_vocabulary_had_it() -> None:
    """The rights rules stand above any vocabulary."""
    kinds = {**VOCABULARY.kinds, "prayer": VOCABULARY.kinds["sell"]}
    loose = Vocabulary(kinds, VOCABULARY.contexts, VOCABULARY.sources, VOCABULARY.uses, VOCABULARY.forbidden)
    with pytest.raises(LadderError, match="belief and worship are free"):
        parse(edited("sell: 2", "prayer: 2"), "own.yaml", loose)


def test_a_ladder_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "trade.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load(file, VOCABULARY) == parse(GOOD, "trade.yaml", VOCABULARY)


def test_a_ladder_that_is_not_there() -> None:
    with pytest.raises(LadderError) as error:
        load("preperation", VOCABULARY)
    assert str(error.value) == (
        "preperation: no such ladder, and no file that can be read (FileNotFoundError).\n"
        "Name a YAML file in UTF-8, or one of: campaign, cyber, fundraising, preparation."
    )


# --- what ships ---------------------------------------------------------------------------------------------


@pytest.fixture(params=shipped())
def comes_with_lapwing(request: pytest.FixtureRequest) -> Ladder:
    return load(request.param, VOCABULARY)


STAGES = {
    "campaign": "set-up seeding amplification mobilisation fundraising",
    "preparation": "networking training planning finance premises procurement logistics rehearsal",
    "fundraising": "set-up appeal collection conversion spending",
    "cyber": "gathering means reconnaissance trial announcement",
}


def test_the_shipped_ladders_have_the_stages_that_are_promised() -> None:
    loaded = [load(name, VOCABULARY) for name in shipped()]
    assert {one.name: " ".join(stage.name for stage in one.stages) for one in loaded} == STAGES


def test_every_shipped_stage_can_be_answered_for(comes_with_lapwing: Ladder) -> None:
    for stage in comes_with_lapwing.stages:
        for text in (stage.meaning, stage.source, stage.caveat, stage.against):
            assert len(text) > 15, stage.name
        assert any(not is_weak(VOCABULARY.kinds[kind]) for kind in stage.kinds)


def test_preparation_lasts_as_long_as_plots_lasted() -> None:
    """Nine months in the mean."""
    assert sum(stage.days for stage in load("preparation", VOCABULARY).stages) == pytest.approx(274, abs=10)


def acts_of(names: list[str], days_apart: float) -> tuple[np.ndarray, np.ndarray]:
    number = {kind: at for at, kind in enumerate(VOCABULARY.kinds)}
    kinds = np.array([number[name] for name in names])
    return kinds, (np.arange(len(names)) * days_apart * ladder.DAY).astype(np.int64)


def climbed(loaded: Ladder, names: list[str], days_apart: float = 2.0) -> tuple[ladder.Reading, np.ndarray]:
    """Everyday life (posts and replies), then these acts among it; what the ladder makes of it."""
    everyday = ["post", "reply", "like", "post", "tag", "reply"] * 20
    kinds, times = acts_of(everyday + names, days_apart)
    alpha = np.full(len(VOCABULARY.kinds), 0.05)
    _, seen = what.update(
        what.start(1, len(alpha)), what.Population(alpha), np.zeros(kinds.size, int), kinds, times
    )
    rungs = loaded.rungs(VOCABULARY)
    state, step = ladder.update(
        ladder.start(1, rungs), rungs, np.zeros(kinds.size, int), kinds, seen.chance, times
    )
    return ladder.read(state, rungs), step.log2_r


def test_a_climb_is_seen_before_its_third_stage_ends() -> None:
    preparation = load("preparation", VOCABULARY)
    names = ["admit", "post", "message", "train", "reply", "instruct", "survey", "meet", "survey"]
    reading, log2_r = climbed(preparation, names)
    assert preparation.stages[int(reading.stage[0])].name == "planning"
    assert log2_r[-1] > 18.0


def test_talk_alone_climbs_no_ladder(comes_with_lapwing: Ladder) -> None:
    """Whatever it is about, and however new it is: posts, replies, messages and calls are weak."""
    rng = np.random.default_rng(1)
    kinds = [
        "post",
        "reply",
        "like",
        "tag",
        "mention",
        "follow",
        "visit",
        "delete",
        "message",
        "call",
        "leave",
    ]
    talk = rng.choice(kinds, 300).tolist()
    _, log2_r = climbed(comes_with_lapwing, talk, days_apart=0.2)
    assert np.all(log2_r == -np.inf)
