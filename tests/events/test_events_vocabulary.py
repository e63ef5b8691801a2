"""The vocabulary: complete, within the rights rules, and to be added to within them."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_files import read, row, write
from hypothesis import given
from hypothesis import strategies as st

from lapwing.events.error import VocabularyError
from lapwing.events.vocabulary import Vocabulary, words_of

VOCABULARY = Vocabulary.load()


def refused(name: str) -> str | None:
    entry = VOCABULARY.why_forbidden(name)
    return None if entry is None else entry.rule


FORBIDDEN = {
    "N1": """
        risk riskScore risk-level RISK_RATING score user_score subjectRank account_color
        threat_level likelihood person_likelihood terror_score radicalization_score extremism
        propensity neighbourhood_score riskscore
    """,
    "N2": """
        Religion religions religious_affiliation faith EthnicGroup ethnic_groups nationality
        Nationalities race races tribe citizen_of Mosque mosques place_of_worship
        places_of_worship churches political_views politicalParty ideology Health_Status diagnosis
        sexual_orientation trade_union unionMembership union FirstName surname name names
        firstname language languages user_lang mother_tongue muslim Jews hijab réligion
        country_of_birth skin_colour dna
    """,
    "N3": """
        face faces faceId face_embedding VoicePrint gait emotion sentiment iris_scan biometrics
    """,
    "N4": """
        scraped_at crawler fake_persona undercover
    """,
    "N5": """
        encrypted is_encrypted uses_VPN is_tor_user decrypt wiretaps phone_tap intercepts
        passwords uses_proxy
    """,
    "N10": """
        suspects is_terrorist accusations accused_by blacklist
    """,
    "N13": """
        beliefs prayers praying protests protested attended_protest demonstrations petition
        reading_habits read worshipping sermon speech lawful_speech browsing_history pilgrimage
    """,
}


@pytest.mark.parametrize(("rule", "names"), FORBIDDEN.items())
def test_a_forbidden_name_is_found_however_it_is_written(rule: str, names: str) -> None:
    assert {name: refused(name) for name in names.split()} == dict.fromkeys(names.split(), rule)


INNOCENT = """
page language_model programming_language username screen_name file_name filename hostname
domain_name channel_name platform_name source_name url message hashtag followers_count likes
created_at timestamp post_id user_id uid account_id reply_to image_hash device_id ip_address client
user_agent verified is_bot page_rank facebook_id interface surface typeface preface read_count
is_read reader_id union_id european_union health_check wallet amount currency price item_id place
city country region latitude event_type trace embrace bracelet horse_race race_condition
voice_channel face_to_face proxy_id asterisk brisk section insect sector secretary skinny prefix
affected christine islamabad jewelry hospitality gender age third_party opinionated marching
strike_price level background_color profile_text_color index row_index class title caption comment
body view_count watch_time observer target target_id origin expression experimental mental_model
environmental tornado torrent storage mentor author monitor factor vector orient_express speaker
skin person campaign
"""


@pytest.mark.parametrize("name", INNOCENT.split())
def test_an_innocent_name_is_not_refused(name: str) -> None:
    assert refused(name) is None


@given(st.text(max_size=40))
def test_any_name_at_all_can_be_asked_about(name: str) -> None:
    VOCABULARY.why_forbidden(name)
    VOCABULARY.sort_of(name)
    assert all(word == word.lower() for word in words_of(name))


def test_every_word_is_explained() -> None:
    for kind in VOCABULARY.kinds.values():
        assert kind.meaning
        assert kind.use
        assert set(kind.use) <= set(VOCABULARY.uses)
    assert all([*VOCABULARY.contexts.values(), *VOCABULARY.sources.values(), *VOCABULARY.uses.values()])
    for entry in VOCABULARY.forbidden:
        assert entry.rule.startswith("N")
        assert entry.ground
        assert entry.reason
        assert entry.words


def test_kinds_that_are_everyday_speech_are_weak() -> None:
    assert {name for name, kind in VOCABULARY.kinds.items() if kind.weak} >= {
        "post",
        "like",
        "tag",
        "reply",
        "follow",
    }
    assert not VOCABULARY.kinds["donate"].weak


def test_the_sort_of_a_context_is_a_known_name_before_its_first_colon() -> None:
    sorts = {c: VOCABULARY.sort_of(c) for c in ("tag:a:b", "https://example.org", "tag", ":tag", "Tag:a", "")}
    assert sorts == {
        "tag:a:b": "tag",
        **dict.fromkeys(["https://example.org", "tag", ":tag", "Tag:a", ""], "other"),
    }


def test_a_team_adds_words_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "kinds:\n  patrol: {meaning: walked a round, use: [preparation], weak: true}\n"
        "contexts:\n  gate: {meaning: a gate}\nsources:\n  diary: {meaning: a diary}\n"
    )
    own = Vocabulary.load(tmp_path / "own.yaml")
    assert own.kinds["patrol"].use == ("preparation",)
    assert own.sort_of("gate:north") == "gate"
    assert "diary" in own.sources
    assert "patrol" not in Vocabulary.load().kinds
    path = write(tmp_path / "e", [row(kind="patrol", context="gate:north")], "csv")
    assert len(read(path, vocabulary=own)[0]) == 1
    assert read(path)[1].unknown_kinds == {"patrol": 1}


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (
            "kinds: {attend_prayer: {meaning: x, use: [preparation], weak: true}}",
            "line 1: kind 'attend_prayer' is refused",
        ),
        ("kinds:\n\n  riskScore: {meaning: x}", "line 3: kind 'riskScore' is no name"),
        (
            "contexts:\n  mosque: {meaning: a building}",
            "line 2: context 'mosque' is refused: a place of worship",
        ),
        ("sources: {scraping: {meaning: x}}", "source 'scraping' is refused"),
        ("kinds: {share: {meaning: x, use: [preparation], weak: true}}", "kind 'share' is defined already"),
        (
            "kinds:\n  a: {meaning: x, use: [preparation], weak: true}\n"
            "  a: {meaning: x, use: [preparation], weak: true}",
            "'a' is defined already",
        ),
        (
            "kinds: {patrol: {meaning: x}}",
            "kind 'patrol' has meaning.\nIt must have exactly: meaning, use, weak",
        ),
        ("kinds: {patrol: {meaning: '', use: [preparation], weak: true}}", "It must have exactly"),
        (
            "kinds: {patrol: {meaning: x, use: [war], weak: true}}",
            "has the use ['war'].\nIt must be a list out of: communication",
        ),
        ("kinds: {patrol: {meaning: x, use: preparation, weak: true}}", "has the use 'preparation'"),
        ("kinds: {patrol: {meaning: x, use: [preparation], weak: maybe}}", "has weak: 'maybe'"),
        ("contexts: {gate: {meaning: x, sort: y}}", "It must have exactly: meaning;"),
        ("forbidden: {religion: {words: []}}", "'forbidden' cannot be added to"),
        ("uses: {war: x}", "'uses' cannot be added to"),
        ("- kinds", "line 1: expected names with a colon"),
        ("kinds: [patrol]", "line 1: expected names with a colon"),
        ("", "line 1: expected names with a colon"),
        ("kinds: {patrol: {", "line 1: not YAML"),
        ("a: !!python/object/apply:os.getcwd []", "'a' cannot be added to"),
        (
            "kinds: {patrol: {meaning: !!python/name:os.getcwd '', use: [preparation], weak: true}}",
            "not YAML",
        ),
    ],
)
def test_a_vocabulary_file_that_cannot_be_used_says_why(tmp_path: Path, yaml: str, said: str) -> None:
    (tmp_path / "own.yaml").write_text(yaml)
    with pytest.raises(VocabularyError) as wrong:
        Vocabulary.load(tmp_path / "own.yaml")
    assert said in str(wrong.value)
    assert str(wrong.value).startswith(str(tmp_path / "own.yaml"))
    assert "\n" in str(wrong.value)


def test_a_vocabulary_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"cannot be read: .*\nName a YAML file"):
        Vocabulary.load(tmp_path / "absent.yaml")
