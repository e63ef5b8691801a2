"""The ledger of a moment as a file, for somebody outside: pseudonyms only, and who gave it to whom on top."""

from __future__ import annotations

import csv
import io
import json

from lapwing.desk.accounts.models import Person
from lapwing.desk.moments.moment import Moment
from lapwing.moments.moment import rfc3339

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a cell would be a formula in a spreadsheet: texts from a stream are to stay texts."""


def ledger_file(moment: Moment, form: str, by: Person, recipient: str, given: str) -> tuple[str, str]:
    """The text of the file and its type. ``given`` is the time, RFC 3339."""
    if form == "jsonl":
        head = {"moment": moment.pk, "given": given, "by": by.pseudonym, "recipient": recipient}
        lines = [json.dumps(head), json.dumps(moment.line)]
        if moment.exhibit is not None:
            lines.append(json.dumps(moment.exhibit))
        return "\n".join(lines) + "\n", "application/jsonl"
    file = io.StringIO()
    writer = csv.writer(file)
    stated = moment.as_stated()
    writer.writerow(["time", "subject", "kind", "context", "touched before by", "bits", "running sum"])
    running = 0.0
    for act in stated.ledger:
        running += act.bits
        texts = [_text(part) for part in (act.subject, act.kind, act.context, " ".join(act.with_))]
        writer.writerow([rfc3339(act.time), *texts, f"{act.bits:.4g}", f"{running:.4g}"])
    return file.getvalue(), "text/csv"


def _text(part: str) -> str:
    # Half characters cannot be written; everything else stays as it is.
    part = part.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"'{part}" if part.startswith(_FORMULA) else part
