"""The report in a browser: offline, without a complaint, by keyboard, lighting up what is pointed at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from report_sample import a_usual_week, meeting, run_record, write

from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.exhibit import ClimbShown, StageShown
from lapwing.moments.ladder_file import load
from lapwing.report.environment import environment, source
from lapwing.report.fragment import moment_html
from lapwing.report.language import speaking
from lapwing.report.moment_view import moment_view
from lapwing.report.page import write_report
from lapwing.report.stage_table import Rung

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(write(tmp_path_factory.mktemp("run"), a_usual_week(), run_record()))


@pytest.fixture
def open_report(browser: Browser, report: Path) -> Iterator[Open]:
    """Open the report offline; at the end, nothing may have complained or asked for anything."""
    complaints: list[str] = []
    contexts = []

    def opened(address: str = "", **settings: object) -> Page:
        context = browser.new_context(
            offline=True, **{"viewport": {"width": 1280, "height": 900}, **settings}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(report.as_uri()) or complaints.append(f"asked {request.url}")
            ),
        )
        page.goto(report.as_uri() + address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('details.moment')?.id ?? ''"))


def test_j_k_and_enter_walk_the_list(open_report: Open) -> None:
    page = open_report()
    ids = page.eval_on_selector_all("details.moment", "all => all.map(one => one.id)")
    page.keyboard.press("j")
    assert focused(page) == ids[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == ids[1]
    page.keyboard.press("Enter")
    expect(page.locator(f"details#{ids[1]}")).to_have_attribute("open", "")
    page.keyboard.press("j")
    assert focused(page) == ids[2]
    page.keyboard.press("k")
    page.keyboard.press("Escape")
    expect(page.locator(f"details#{ids[1]}")).not_to_have_attribute("open", "")
    assert focused(page) == ids[1]


def test_question_mark_shows_the_keys(open_report: Open) -> None:
    page = open_report()
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()
    expect(page.locator("dialog.keys")).to_contain_text("next and previous moment")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.keys")).to_be_hidden()


def test_pointing_at_a_ledger_row_lights_its_act_everywhere(open_report: Open) -> None:
    page = open_report("#m-m-fc942c07")
    moment = page.locator("#m-m-fc942c07")
    expect(moment).to_have_attribute("open", "")
    row = moment.locator("[data-ledger] tbody tr[data-w]").first
    act, subject, earlier = (row.get_attribute(name) or "" for name in ("data-a", "data-s", "data-w"))
    row.hover()
    mark = moment.locator(f".marks path[data-a='{act}']")
    expect(mark).to_have_class("lit")
    colours = mark.evaluate("one => [getComputedStyle(one).fill, getComputedStyle(document.body).color]")
    assert colours[0] != colours[1]
    expect(row).to_have_class("lit")
    expect(moment.locator(f".nodes g[data-s='{subject}']").first).to_have_class("lit")
    expect(moment.locator(f".nodes g[data-s='{earlier.split()[0]}']").first).to_have_class("near")
    expect(moment.locator(f".lanes g[data-s='{subject}']")).to_have_class("lit")
    expect(moment.locator(".ties path.lit, .ties path.new.lit")).not_to_have_count(0)
    expect(moment.locator(".marks .lit")).to_have_count(1)
    page.locator("h1").hover()
    expect(moment.locator(".lit")).to_have_count(0)


def test_pointing_at_a_mark_lights_its_ledger_row(open_report: Open) -> None:
    page = open_report("#m-m-fc942c07")
    moment = page.locator("#m-m-fc942c07")
    moment.locator(".marks path[data-a='5']").hover()
    expect(moment.locator("[data-ledger] tr.lit")).to_have_attribute("data-a", "5")


def test_arrows_walk_the_ledger_and_light_its_acts(open_report: Open) -> None:
    page = open_report("#m-m-fc942c07")
    moment = page.locator("#m-m-fc942c07")
    moment.locator("[data-ledger] tbody tr").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(moment.locator("[data-ledger] tr.lit")).to_have_attribute("data-a", "2")
    expect(moment.locator(".marks .lit")).to_have_attribute("data-a", "2")


def test_the_ledger_sorts_by_a_pressed_head_and_back(open_report: Open) -> None:
    page = open_report("#m-m-fc942c07")
    table = page.locator("#m-m-fc942c07 [data-ledger]")
    bits = table.locator("th button", has_text="bits")

    def column() -> list[float]:
        cells = table.locator("tbody tr td:nth-last-child(2)").all_inner_texts()
        return [float(cell.replace("−", "-")) for cell in cells]

    bits.click()
    assert column() == sorted(column())
    expect(table.locator("th[aria-sort=ascending]")).to_have_count(1)
    bits.click()
    assert column() == sorted(column(), reverse=True)
    table.locator("th button").first.click()
    assert [row.get_attribute("data-a") for row in table.locator("tbody tr").all()] == [
        str(n) for n in range(19)
    ]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (768, "dark"), (1900, "light")])
def test_no_width_makes_the_page_scroll_sideways(open_report: Open, width: int, scheme: str) -> None:
    page = open_report(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for head in page.locator("details.moment > summary").all():
        head.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(251, 251, 249)" if scheme == "light" else "rgb(21, 25, 27)")


def test_without_script_it_still_opens_and_tells_everything(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    page.locator("details.moment > summary").nth(1).click()
    article = page.locator("details.moment article").nth(1)
    expect(article.locator("svg.timeline")).to_be_visible()
    expect(article.locator("[data-ledger] tbody tr")).to_have_count(19)
    expect(page.locator("th button")).to_have_count(0)
    context.close()


def test_print_shows_what_is_open_in_dark_ink(open_report: Open) -> None:
    page = open_report("#m-m-fc942c07", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 33, 36)"
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("#m-m-fc942c07 svg.timeline")).to_be_visible()


def test_a_notebook_piece_shows_in_a_bare_page(browser: Browser) -> None:
    moment, exhibit = a_usual_week()[0]
    page = browser.new_page()
    page.set_content(moment_html(moment, exhibit))
    expect(page.locator(".lapwing svg.timeline")).to_be_visible()
    expect(page.locator(".lapwing [data-ledger] tbody tr")).to_have_count(19)
    page.close()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [360, 390])
def test_the_stages_of_a_ladder_fit_a_phone(browser: Browser, width: int, language: str) -> None:
    moment, exhibit = meeting()
    ladder = load("preparation", Vocabulary.load())
    stages = tuple(StageShown(stage.name, 0.125, exhibit.onset_between[0]) for stage in ladder.stages)
    climb = ClimbShown(ladder.name, stages, (), "", "")
    rungs = [Rung(stage.name, stage.meaning, frozenset(stage.kinds)) for stage in ladder.stages]
    with speaking(language):
        view = moment_view(
            replace(moment, stage=f"{ladder.name} / {ladder.stages[2].name}"),
            replace(exhibit, climb=climb),
            rungs=rungs,
        )
        table = environment().get_template("stages.html").render(view=view)
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.set_content(f"<style>{source('lapwing.css')}</style><div class=lapwing>{table}</div>")
    room = page.locator(".stages .scroll")
    expect(room.locator("thead th")).to_have_count(4)
    assert room.evaluate("room => room.scrollWidth - room.clientWidth") == 0
    page.close()
