"""A page of the desk in a real browser, and what is wrong with it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page


class Look:
    """A page in a real browser, signed in as somebody, that fails the test when it breaks the strict policy."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser also calls it an error when a page answers 403 or 404, and that is an answer like others.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.wrong.append(message.text)

    def go(self, path: str) -> Page:
        """Open a page of the desk."""
        self.page.goto(self.address + path)
        return self.page

    def barriers(self) -> list[str]:
        """What stands in the way of somebody with a screen reader or a keyboard, serious or worse, by axe."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']} at {node['target']}: {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
