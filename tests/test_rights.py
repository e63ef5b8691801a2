"""What Lapwing never does (docs/explanation/restraint.md): a test fails when the forbidden thing is built."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lapwing.events.error import ForbiddenError
from lapwing.events.reader import stream
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.ladder_file import LadderError, parse
from lapwing.moments.moment import Act, Bits, Moment

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "lapwing"

# --- reading the package ---------------------------------------------------------------------------------


def trees(folder: Path = PACKAGE) -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(folder.rglob("*.py")):
        yield file, ast.parse(file.read_text(encoding="utf-8"))


def words(name: str) -> set[str]:
    """`riskScore_of_subject` is risk, score, of, subject."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def field_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name under which a record keeps a value: fields of classes, keys of dictionaries, columns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield part.lineno, part.target.id
        elif isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.lineno, key.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # pa.field("name", type) and pa.schema([("name", type), ...])
            if node.func.attr == "field" and node.args and isinstance(node.args[0], ast.Constant):
                yield node.lineno, str(node.args[0].value)
            if node.func.attr == "schema":
                for pair in ast.walk(node):
                    if isinstance(pair, ast.Tuple) and pair.elts and isinstance(pair.elts[0], ast.Constant):
                        yield pair.lineno, str(pair.elts[0].value)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is imported, by statement or by name, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{node.module or ''}.{alias.name}"
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name | ast.Attribute)
            and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
            in {"__import__", "import_module"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def requirements(extras: bool) -> list[str]:
    """Names of the declared dependencies, in lower case."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = list(project["dependencies"])
    if extras:
        declared += [name for extra in project["optional-dependencies"].values() for name in extra]
    return [re.split(r"[^A-Za-z0-9_-]", name)[0].lower() for name in declared]


# --- N1: no number on a person --------------------------------------------------------------------------

JUDGING = {
    *(
        "score",
        "scores",
        "scoring",
        "rank",
        "ranks",
        "ranking",
        "rating",
        "likelihood",
        "risk",
        "risks",
        "severity",
    ),
    *("suspect", "suspicion", "suspicious", "danger", "dangerous", "dangerousness", "threat", "guilt"),
    *("colour", "color"),
}


def test_no_record_of_the_package_has_a_field_that_judges() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file, tree in trees()
        for line, name in field_names(tree)
        if words(name) & JUDGING
    ]
    assert not wrong


def test_the_only_numbers_beside_a_subject_are_times_and_the_bits_of_its_act() -> None:
    wrong = []
    for file, tree in trees():
        if file.is_relative_to(PACKAGE / "report"):
            continue  # where a mark is drawn is a number as well, and the report keeps nothing
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef):
                continue
            fields = {
                part.target.id: ast.unparse(part.annotation)
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            }
            if fields.get("subject") in {"str", "str | None", "int"}:
                numbers = {name for name, kind in fields.items() if re.search(r"\b(int|float)\b", kind)}
                wrong += [
                    f"{file.relative_to(ROOT)} {node.name}.{name}"
                    for name in numbers - {"subject", "time", "onset", "raised", "bits"}
                ]
    assert not wrong


def test_a_line_of_moments_holds_no_number_for_a_subject() -> None:
    act = Act(time=0, subject="s1", kind="share", context="link:a", with_=("s2",), bits=3.0)
    moment = Moment(
        id="m1",
        type="meeting",
        subjects=("s1", "s2"),
        onset=0,
        raised=1,
        bits=Bits(when=0, what=0, whom=40, naming=27, net=13),
        once_in_days=8192,
        stage=None,
        status="open",
        ledger=(act,),
    )

    def holders(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            yield value
            for part in value.values():
                yield from holders(part)
        elif isinstance(value, list):
            for part in value:
                yield from holders(part)

    line = json.loads(moment.line())
    assert line["subjects"] == ["s1", "s2"]
    for holder in holders(line):
        assert not any(words(key) & JUDGING for key in holder)
        assert not {"s1", "s2"} & set(holder), "a subject must not be the key of a value"
        if "subject" in holder:
            numbers = {key for key, value in holder.items() if isinstance(value, int | float)}
            assert numbers == {"bits"}


@pytest.mark.parametrize(
    "source",
    [
        "class Subject:\n    risk_score: float",
        "row = {'subject': 's', 'threatLevel': 3}",
        "schema = pa.schema([('subject', pa.string()), ('likelihood', pa.float64())])",
        "column = pa.field('rank', pa.int32())",
    ],
)
def test_the_search_for_judging_fields_would_see_one(source: str) -> None:
    assert any(words(name) & JUDGING for _, name in field_names(ast.parse(source)))


# --- N2, N5, N10, N13: what the vocabulary refuses ---------------------------------------------------------

REFUSED = {
    "N1": ["risk_score", "threatLevel", "subject rank", "dangerousness"],
    "N2": [
        *(
            "religion",
            "isMuslim",
            "place_of_worship",
            "mosque",
            "ethnicity",
            "race",
            "nationality",
            "citizenship",
        ),
        *(
            "political_party",
            "ideology",
            "diagnosis",
            "disability",
            "sexual orientation",
            "trade_union_member",
        ),
        *("first_name", "surname", "language", "mother tongue"),
    ],
    "N3": ["face_id", "voiceprint", "gait", "emotion"],
    "N4": ["scraped", "crawler", "sock_puppet"],
    "N5": ["intercepted", "wiretap", "decrypted_text", "encryption", "uses_vpn", "tor", "burner_phone"],
    "N10": ["accused", "suspected", "watchlist"],
    "N13": ["belief", "prayer", "sermon", "pilgrimage", "reading", "protest", "demonstration", "free_speech"],
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@pytest.mark.parametrize(
    ("rule", "name"), [(rule, name) for rule, names in REFUSED.items() for name in names]
)
def test_a_column_or_kind_of_this_name_is_refused(vocabulary: Vocabulary, rule: str, name: str) -> None:
    refused = vocabulary.why_forbidden(name)
    assert refused is not None
    assert refused.rule == rule
    assert refused.reason


@pytest.mark.parametrize("column", ["religion", "mother_tongue", "risk_score", "uses_vpn", "suspected"])
def test_a_file_with_such_a_column_is_refused_whole(tmp_path: Path, column: str) -> None:
    file = tmp_path / "events.csv"
    file.write_text(f"time,subject,kind,context,{column}\n2026-01-05T14:00:00Z,s1,share,link:a,\n", "utf-8")
    with pytest.raises(ForbiddenError, match=column):
        list(stream(file))


def test_the_vocabulary_itself_obeys_the_rules_it_enforces(vocabulary: Vocabulary) -> None:
    names = [*vocabulary.kinds, *vocabulary.contexts, *vocabulary.sources]
    assert not [name for name in names if vocabulary.why_forbidden(name)]


# --- N13: no stage is made of belief, reading, protest or speech ------------------------------------------

LADDER = """\
name: trial
meaning: something is prepared
half_life: 30
stages:
  - name: {name}
    meaning: goods are offered
    days: 20
    enters: 1
    kinds: {{{kind}: 1, sell: 1}}
    source: working assumption
    caveat: everybody does that
    against: they always did
  - name: delivery
    meaning: goods change hands
    days: 20
    enters: 1
    kinds: {{transfer: 1, sell: 1}}
    source: working assumption
    caveat: everybody does that
    against: they always did
"""


@pytest.mark.parametrize("forbidden", REFUSED["N13"] + REFUSED["N2"])
def test_no_ladder_has_a_stage_or_a_kind_of_this_name(vocabulary: Vocabulary, forbidden: str) -> None:
    spoken = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", forbidden).lower()
    with pytest.raises(LadderError, match=r"N13|N2"):
        parse(LADDER.format(name=spoken, kind="order"), "trial.yaml", vocabulary)
    with pytest.raises(LadderError):
        parse(LADDER.format(name="offer", kind=forbidden), "trial.yaml", vocabulary)


def test_the_ladder_of_these_tests_is_fine_but_for_the_forbidden_word(vocabulary: Vocabulary) -> None:
    assert parse(LADDER.format(name="offer", kind="order"), "trial.yaml", vocabulary).name == "trial"


# --- N3: no faces, voices, gait or emotions ---------------------------------------------------------------

BIOMETRIC_NAMES = re.compile(
    r"face(?!t)|facial|deepface|insight-?face|dlib|opencv|mediapipe|arcface|voice|speech|speaker|whisper|vosk"
    r"|librosa|pyannote|resemblyzer|gait|emotion|\bfer\b|sentiment|biometr"
)
BIOMETRIC_WORDS = {
    "face",
    "faces",
    "facial",
    "voice",
    "voiceprint",
    "gait",
    "emotion",
    "emotions",
    "biometric",
}


def test_no_dependency_recognises_faces_voices_gait_or_emotions() -> None:
    assert not [name for name in requirements(extras=True) if BIOMETRIC_NAMES.search(name)]
    assert not [name for _, tree in trees() for _, name in imported(tree) if BIOMETRIC_NAMES.search(name)]


def test_no_field_could_hold_a_face_a_voice_a_gait_or_an_emotion() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file, tree in trees()
        for line, name in field_names(tree)
        if words(name) & BIOMETRIC_WORDS
    ]
    assert not wrong


# --- N4: data is handed in, never fetched -------------------------------------------------------------------

CLIENTS = {
    *("urllib.request", "http.client", "xmlrpc", "ftplib", "smtplib", "imaplib", "poplib", "telnetlib"),
    *("socket", "socketserver", "ssl", "urllib3", "requests", "httpx", "aiohttp", "websocket", "websockets"),
    *("pycurl", "paramiko", "selenium", "playwright", "scrapy", "mechanize", "bs4"),
    *("tweepy", "telethon", "praw", "instaloader", "snscrape"),
    *("boto3", "fsspec", "s3fs", "gcsfs", "pyarrow.fs"),
}


def names_a_client(module: str) -> bool:
    return any(module == client or module.startswith(f"{client}.") for client in CLIENTS)


def test_the_core_has_no_network_client() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file, tree in trees()
        # The desk tells webhooks, and the client talks to one's own desk; what watches and reads has no way out.
        if file.relative_to(PACKAGE).parts[0] not in ("desk", "client.py")
        for line, module in imported(tree)
        if names_a_client(module)
    ]
    assert not wrong


def test_no_dependency_of_the_core_is_a_network_client() -> None:
    assert not CLIENTS & set(requirements(extras=False))


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "def later():\n    from urllib import request",
        "import http.client as quiet",
        "module = importlib.import_module('socket')",
    ],
)
def test_the_search_for_network_clients_would_see_one(source: str) -> None:
    assert any(names_a_client(module) for _, module in imported(ast.parse(source)))


def test_a_whole_run_opens_no_connection(tmp_path: Path) -> None:
    rows = [f"2026-01-{5 + n // 24:02}T{n % 24:02}:00:00Z,s{n % 7},share,link:{n % 11}" for n in range(240)]
    (tmp_path / "events.csv").write_text("\n".join(["time,subject,kind,context", *rows]) + "\n", "utf-8")
    code = """if True:
        import sys
        def refuse(event, arguments):
            if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"):
                raise RuntimeError(f"{event} {arguments}")
        sys.addaudithook(refuse)
        from lapwing.cli import run
        sys.exit(run(["watch", "events.csv", "--out", "out"]) or run(["explain", "out"]))
    """
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


DESK_CLIENTS = {
    "api/courier.py": "tells the addresses of webhooks that whoever runs the desk has entered",
}
"""Files of the desk that open connections, and to where. Data comes in only as somebody hands it in."""

DESK_LISTENERS = {
    "live/server.py": "serves at the desk's own address",
    "live/demo/waiting.py": "answers there until the demonstration is open",
}
"""Files of the desk that hold a socket, and only listen."""


def test_the_desk_calls_only_who_it_is_told_to_tell() -> None:
    found = {
        file.relative_to(PACKAGE / "desk").as_posix()
        for file, tree in trees(PACKAGE / "desk")
        for _, module in imported(tree)
        if names_a_client(module)
    }
    assert found == set(DESK_CLIENTS) | set(DESK_LISTENERS)


def test_who_listens_calls_nobody() -> None:
    for name in DESK_LISTENERS:
        tree = ast.parse((PACKAGE / "desk" / name).read_text("utf-8"))
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not called & {"connect", "connect_ex", "create_connection", "sendto"}, name


# --- N11: nothing rates a place or a community ------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["place_score", "neighbourhood_risk", "communityRating", "rank of the neighborhood", "place grade"],
)
def test_a_rating_of_places_or_communities_is_refused(vocabulary: Vocabulary, name: str) -> None:
    assert vocabulary.why_forbidden(name) is not None


WHERE = {
    "place",
    "places",
    "circle",
    "community",
    "neighbourhood",
    "neighborhood",
    "region",
    "area",
    "context",
}


def test_no_record_sets_a_rating_beside_a_place_or_a_community() -> None:
    """A record that names one holds no ratio, share or chance of it: a number with a fraction is never about it."""
    rated = {
        "Act.bits": "the evidence of one act in the ledger of a moment",
    }
    wrong = []
    for file, tree in trees():
        if file.is_relative_to(PACKAGE / "report") or file.is_relative_to(PACKAGE / "worlds"):
            continue  # where a mark is drawn is a number as well; and a world is made up
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef):
                continue
            fields = {
                part.target.id: ast.unparse(part.annotation)
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            }
            if any(words(name) & WHERE and "str" in kind for name, kind in fields.items()):
                wrong += [
                    f"{node.name}.{name}"
                    for name, kind in fields.items()
                    if re.search(r"\bfloat\b", kind) and f"{node.name}.{name}" not in rated
                ]
    assert not wrong


# --- N12: nothing is trained on cases ----------------------------------------------------------------------

TRAINING = re.compile(
    r"^(torch|tensorflow|keras|jax|flax|scikit-learn|sklearn|xgboost|lightgbm|catboost|transformers|fastai|spacy|river"
    r"|vowpalwabbit|openai|anthropic)\b"
)
JUDGED = {
    *(
        "Assessment",
        "Decision",
        "Fact",
        "Significance",
        "Correction",
        "Case",
        "CaseFact",
        "CaseAssessment",
        "Task",
    ),
    *("assessing", "deciding", "cases", "oversight.figures"),
}
"""What people made of moments: none of it goes back to where evidence is weighed."""


def test_no_dependency_trains_a_model() -> None:
    assert not [name for name in requirements(extras=True) if TRAINING.search(name)]
    assert not [name for _, tree in trees() for _, name in imported(tree) if TRAINING.search(name)]


def test_what_weighs_evidence_knows_nothing_of_the_desk() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for room in ("evidence", "moments", "watch")
        for file, tree in trees(PACKAGE / room)
        for line, module in imported(tree)
        if module.startswith("lapwing.desk")
    ]
    assert not wrong


def test_the_watch_of_the_desk_is_told_of_no_judgement() -> None:
    """The engine runs in one room of the desk, and reads there what came in, who may be named, and the budget."""
    rooms = {
        file.relative_to(PACKAGE / "desk").parts[0]
        for file, tree in trees(PACKAGE / "desk")
        for _, module in imported(tree)
        if module.startswith(("lapwing.watch", "lapwing.evidence"))
    }
    assert rooms == {"live"}
    files = ("live/watcher.py", "live/child.py", "intake/journal.py", "intake/settling.py")
    wrong = [
        f"{name}:{line} imports {module}"
        for name in files
        for line, module in imported(ast.parse((PACKAGE / "desk" / name).read_text(encoding="utf-8")))
        if set(module.split(".")) & JUDGED
    ]
    assert not wrong
    journal = (PACKAGE / "desk" / "intake" / "journal.py").read_text(encoding="utf-8")
    assert "CHECK (sort IN ('rows', 'roster', 'budget'))" in journal
