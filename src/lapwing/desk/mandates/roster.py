"""A list of subjects for one mandate: each with evidence of its own, and none because somebody accuses it.

In 2015 volunteers handed over lists of thousands of accounts, and bystanders were on them. A list of names with one
reason for all is refused whole, whatever it is called: whom somebody only names is left out, until an act of
its own is known.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lapwing.desk.mandates.error import RosterError
from lapwing.events.vocabulary import Vocabulary, words_of

NEEDED = ("subject", "category", "evidence")
OPTIONAL = ("handle",)
LONGEST_ROSTER = 500
"""Rows. Somebody has to approve them, reading each."""
SHORTEST_EVIDENCE = 20
LONGEST_EVIDENCE = 2000
LONGEST_SUBJECT = 150
LONGEST_HANDLE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A subject that somebody asks to watch."""

    subject: str
    """Its pseudonym."""
    category: str
    """One of the categories of the mandate."""
    evidence: str
    """What is known of this subject in particular."""
    handle: str = ""
    """What stands behind the pseudonym, to be sealed at once; empty when it is not known here."""


def parse(text: str, categories: Sequence[str]) -> list[Row]:
    """The rows of a CSV list; raises :class:`RosterError` with line and reason when it has to be refused."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except csv.Error as error:
        raise RosterError(
            _(
                "Line %(line)s of the list is not CSV: %(error)s. Put text that has commas or quotes into quotes."
            )
            % {"line": reader.line_num, "error": error}
        ) from None
    header = lines[0][1] if lines else []
    _check_header(header)
    if len(lines) == 1:
        raise RosterError(_("The list has a header and no subject. Add a line for each."))
    if len(lines) - 1 > LONGEST_ROSTER:
        raise RosterError(
            _(
                "The list has %(rows)s subjects. At most %(most)s can be asked for at once, since somebody has to"
                " read the evidence of each: split it by what connects them."
            )
            % {"rows": len(lines) - 1, "most": LONGEST_ROSTER}
        )
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            raise RosterError(
                _("Line %(line)s has %(cells)s cells and the header has %(columns)s. Make them as many.")
                % {"line": line, "cells": len(cells), "columns": len(header)}
            )
        row = Row(**dict(zip(header, cells, strict=True)))
        against = why_not(row, categories)
        if against is not None:
            raise RosterError(_("Line %(line)s: %(why)s") % {"line": line, "why": against})
        rows.append(row)
    check_each_its_own(rows)
    return rows


def why_not(row: Row, categories: Sequence[str]) -> str | None:
    """What stands against this one row, or None."""
    if not row.subject:
        return _("There is no pseudonym. Give the one under which its acts arrive.")
    if len(row.subject) > LONGEST_SUBJECT:
        return _("The pseudonym is longer than %(most)s characters.") % {"most": LONGEST_SUBJECT}
    if not row.subject.isprintable():
        return _(
            "The pseudonym holds a character that cannot be seen, such as one that turns the direction of text. The"
            " source has to give another: one name must not look like the name of somebody else."
        )
    if len(row.handle) > LONGEST_HANDLE:
        return _("The handle is longer than %(most)s characters.") % {"most": LONGEST_HANDLE}
    for text in (row.handle, row.evidence):
        if any(ord(character) < 32 and character not in "\n\r\t" for character in text):
            return _(
                "There is a control character in it. Type the text anew; nothing is taken out in silence."
            )
    if row.category not in categories:
        return _("%(category)s is no category of this mandate. It is one of: %(categories)s.") % {
            "category": row.category or _("(nothing)"),
            "categories": ", ".join(categories),
        }
    if len(row.evidence) < SHORTEST_EVIDENCE:
        return _(
            "%(subject)s has no evidence of its own. Say which acts of this subject speak for the ground, in %(least)s"
            " characters at least. If there are none, it is not a subject: leave it out, and add it by itself once an"
            " act of its own is known."
        ) % {"subject": row.subject, "least": SHORTEST_EVIDENCE}
    if len(row.evidence) > LONGEST_EVIDENCE:
        return _("The evidence of %(subject)s is longer than %(most)s characters. Give the core of it.") % {
            "subject": row.subject,
            "most": LONGEST_EVIDENCE,
        }
    return None


def check_each_its_own(rows: Sequence[Row]) -> None:
    """Refuse a list in which a subject stands twice, or one evidence is given for several."""
    subjects: set[str] = set()
    evidence: dict[tuple[str, ...], str] = {}
    for row in rows:
        if row.subject in subjects:
            raise RosterError(
                _("%(subject)s stands twice in the list. Keep one line.") % {"subject": row.subject}
            )
        subjects.add(row.subject)
        # The same sentence with another name in it is the same sentence.
        own = words_of(row.subject)
        said = tuple(word for word in words_of(row.evidence) if word not in own)
        if said in evidence:
            raise RosterError(
                _(
                    "%(one)s and %(other)s have the same evidence. Such a list accuses, it does not show: the whole"
                    " list is refused. Each subject needs evidence of its own; leave out what has none, and add it by"
                    " itself once an act of its own is known."
                )
                % {"one": evidence[said], "other": row.subject}
            )
        evidence[said] = row.subject


def _check_header(header: Sequence[str]) -> None:
    for column in header:
        forbidden = Vocabulary.load().why_forbidden(column)
        if forbidden is not None:
            raise RosterError(
                _("The list is refused for its column %(column)s: %(reason)s (%(ground)s).")
                % {"column": column, "reason": forbidden.reason, "ground": forbidden.ground}
            )
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise RosterError(
            _(
                "The list has no column %(missing)s. A list of names is not a list of subjects: each needs a category"
                " and evidence of its own. The first line must be: subject,category,evidence"
            )
            % {"missing": ", ".join(missing)}
        )
    unknown = [column for column in header if column not in NEEDED + OPTIONAL]
    if unknown or len(set(header)) != len(header):
        raise RosterError(
            _("The list has the columns %(columns)s. It can have, once each: %(known)s.")
            % {"columns": ", ".join(header), "known": ", ".join(NEEDED + OPTIONAL)}
        )
