"""Whatever a page changes is in the audit log: no form that is sent writes a row without an entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from test_guard_pages import path_of
from test_hostile_pages import PLAIN, SQLITE, answers, crawl

from lapwing.desk.accounts.role import ROLES

if TYPE_CHECKING:
    from test_hostile_pages import Crawl

__all__ = ["crawl"]

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
NOT_OF_THE_DESK = {"django_session", "cache"}
"""Tables about a browser, not about what is known or decided."""


@pytest.mark.skipif(not SQLITE, reason="the same for both databases")
@pytest.mark.parametrize("role", ROLES)
def test_no_form_changes_anything_without_an_entry(role: str, crawl: Callable[[str], Crawl]) -> None:
    one, silent, changed = crawl(role), {}, 0
    for address in PLAIN:
        if not answers(role, address.name, "POST"):
            continue
        path = path_of(address.name, one.stage)
        page = one.learn("POST", path)
        with transaction.atomic():
            with CaptureQueriesContext(connection) as asked:
                one.send("POST", path, page.well_meant())
            transaction.set_rollback(True)
        found = [WRITES.match(query["sql"]) for query in asked.captured_queries]
        written = {match[1] for match in found if match} - NOT_OF_THE_DESK
        changed += bool(written)
        if written and "audit_entry" not in written:
            silent[address.name] = written
    assert silent == {}
    assert changed > 3
