"""The shape of the project: rooms, the direction of imports, and what each of them may know."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "lapwing"

MAY_IMPORT: dict[str, set[str]] = {
    "events": set(),
    "evidence": set(),
    "moments": {"evidence", "events"},
    "report": {"moments"},
    "watch": {"moments", "evidence", "events"},
    "worlds": {"moments", "evidence", "events"},
    "calibration": {"report", "watch", "moments", "evidence", "events"},
    "triage": {"watch", "moments", "evidence", "events"},
    "desk": {"triage", "report", "watch", "worlds", "moments", "evidence", "events"},
}
"""The rooms, and which others each of them knows (ARCHITECTURE.md)."""

ARITHMETIC = {
    "__future__", "bisect", "collections", "concurrent", "dataclasses", "enum", "functools", "heapq", "itertools",
    "math", "operator", "typing", "numba", "numpy", "scipy", "sknetwork",
}  # fmt: skip
"""All that `evidence` may import besides itself: nothing here opens or reads a thing, or asks for
the time."""

COMPILER = PACKAGE / "evidence" / "kernel.py"
"""Not arithmetic but how arithmetic is compiled: it has to know where machine code is kept."""

INPUT_AND_OUTPUT = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}


class Import(NamedTuple):
    """One import statement: where it stands and what it names."""

    file: Path
    line: int
    module: str

    @property
    def room(self) -> str | None:
        """The room it names, or None when it names something outside the package."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "lapwing" and len(parts) > 1 else None

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def modules(room: str = "") -> list[Path]:
    """The Python files of a room, or of the whole package."""
    return sorted((PACKAGE / room).rglob("*.py"))


def imports(file: Path) -> Iterator[Import]:
    """Every import of a file, those inside functions and type-checking blocks included."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                here = ("lapwing", *file.relative_to(PACKAGE).parts[:-1])
                module = ".".join((*here[: len(here) - node.level + 1], *filter(None, [module])))
            if module == "lapwing":
                for alias in node.names:
                    if alias.name != "__version__":
                        yield Import(file, node.lineno, f"lapwing.{alias.name}")
            else:
                yield Import(file, node.lineno, module)


def rooms() -> list[str]:
    return sorted(folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists())


def test_every_room_has_its_place_in_the_order() -> None:
    assert set(rooms()) <= set(MAY_IMPORT), "a new room belongs into ARCHITECTURE.md and into MAY_IMPORT"


@pytest.mark.parametrize("room", rooms())
def test_imports_point_one_way(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        str(found)
        for file in modules(room)
        for found in imports(file)
        if found.room is not None and found.room not in allowed
    ]
    assert not wrong


def test_no_two_rooms_know_each_other() -> None:
    def reached(room: str) -> set[str]:
        return MAY_IMPORT[room].union(*(reached(other) for other in MAY_IMPORT[room]))

    for room in MAY_IMPORT:
        assert room not in reached(room)


def test_evidence_imports_nothing_that_reads_or_writes() -> None:
    wrong = [
        str(found)
        for file in modules("evidence")
        if file != COMPILER
        for found in imports(file)
        if found.room != "evidence" and found.module.split(".")[0] not in ARITHMETIC
    ]
    assert not wrong


def test_evidence_calls_nothing_that_reads_or_writes() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{node.lineno} calls {node.func.id}"
        for file in modules("evidence")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in INPUT_AND_OUTPUT
    ]
    assert not wrong


def test_the_command_line_does_not_wait_for_compilers_and_columns() -> None:
    code = (
        "import sys, lapwing.cli; "
        "print(*sorted({'numba', 'numpy', 'pyarrow', 'duckdb', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr


def test_importing_lapwing_in_a_notebook_is_instant() -> None:
    code = "import sys, lapwing; print(*sorted({'numba', 'pyarrow', 'duckdb', 'scipy'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr


def test_every_import_from_elsewhere_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    distributions = {re.split(r"[^A-Za-z0-9_-]", name)[0].lower() for name in declared}
    named_otherwise = {
        "sknetwork": "scikit-network",
        "yaml": "pyyaml",
        "allauth": "django-allauth",
        "csp": "django-csp",
        "ninja": "django-ninja",
        "django_htmx": "django-htmx",
        "django_stubs_ext": "django-stubs-ext",
        "dj_database_url": "dj-database-url",
        "prometheus_client": "prometheus-client",
    }
    wrong = [
        str(found)
        for file in modules()
        for found in imports(file)
        if (top := found.module.split(".")[0]) not in sys.stdlib_module_names | {"lapwing"}
        and named_otherwise.get(top, top) not in distributions
    ]
    assert not wrong


def test_no_room_or_file_is_called_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core"}
    assert not [path for path in PACKAGE.rglob("*") if path.stem in empty]


def test_nothing_is_left_to_do_in_the_code() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    wrong = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in modules()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if unfinished.search(line)
    ]
    assert not wrong
