"""The documentation builds without a warning, its notebook runs, its examples and links are true."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
    if not {"_build", "jupyter_execute"} & set(page.relative_to(ROOT).parts)
)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_it_builds_without_a_warning_runs_its_notebook_and_needs_no_network(tmp_path: Path) -> None:
    # A page that no table of contents reaches is a warning as well, and so is a link to a missing page.
    site = tmp_path / "html"
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html"]
    build += ["-d", str(tmp_path / "doctrees"), str(DOCS), str(site)]
    built = subprocess.run(build, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr

    notebook = (site / "tutorial" / "first-moments.html").read_text(encoding="utf-8")
    assert "by chance alone" in notebook.lower()

    loaded = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"https?:|<link\b[^>]*\bhref=\"https?:")
    assert not [named for named in site.rglob("*.html") if loaded.search(named.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if ">>>" in page.read_text(encoding="utf-8")], ids=named
)
def test_the_examples_of_a_page_give_what_it_says(page: Path) -> None:
    without_fences = re.sub(r"^```.*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(without_fences, {}, named(page), str(page), 0)
    wrong: list[str] = []
    ran = doctest.DocTestRunner(verbose=False).run(examples, out=wrong.append)
    assert ran.attempted > 0
    assert ran.failed == 0, "".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_links_of_a_page_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith(("http://", "https://"))]
    assert not [link for link in inside if not (page.parent / link).exists()]
