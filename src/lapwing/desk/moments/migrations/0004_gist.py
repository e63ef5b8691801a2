"""Of each moment the queue keeps facts, and no sentence in one language.

The facts are drawn from the kept lines as they are written, and from nothing that the program computes today: what
this migration does must not change with the program.
"""

from collections import Counter
from typing import Any

from django.db import migrations

KINDS_MOST = 4
AT_ONCE = 100


def gist(line: dict[str, Any], exhibit: dict[str, Any] | None) -> dict[str, Any]:
    """The facts about a moment, from its line of `moments.jsonl` and its line of `exhibits.jsonl`."""
    shown = exhibit or {}
    change = shown.get("change") or {}
    factor = change.get("factor")
    by_kind = Counter(act["kind"] for act in line["ledger"])
    most = by_kind.most_common(KINDS_MOST)
    circles = [shown["circles"].get(name) for name in line["subjects"]] if exhibit is not None else None
    return {
        "type": line["type"],
        "subjects": len(line["subjects"]),
        "strangers": exhibit is not None and not exhibit["ties_before"] and len(line["subjects"]) > 1,
        "pace": "" if factor is None else "silent" if factor == 0 else "more" if factor > 1 else "less",
        "mix": bool(change.get("mix")),
        "stage": line["stage"] or "",
        "acts": len(line["ledger"]),
        "kinds": [list(pair) for pair in most],
        "kinds_left_out": len(by_kind) - len(most),
        "circles": None if circles is None else len({one for one in circles if one is not None}),
        "without_circle": 0 if circles is None else sum(one is None for one in circles),
        "once_in_days": float(line["once_in_days"]),
    }


def summarise(apps: Any, schema_editor: Any) -> None:
    moments = apps.get_model("moments", "Moment").objects
    last = ""
    while True:
        # By key and not from one long query: rows that change under a cursor may come twice.
        some = list(moments.filter(pk__gt=last).order_by("pk")[:AT_ONCE])
        for moment in some:
            moment.summary = {
                "gist": gist(moment.line, moment.exhibit),
                "onset_between": moment.summary["onset_between"],
                "spark": moment.summary["spark"],
            }
            moment.save(update_fields=["summary"])
        if len(some) < AT_ONCE:
            return
        last = some[-1].pk


class Migration(migrations.Migration):
    dependencies = [("moments", "0003_known")]
    operations = [migrations.RunPython(summarise, migrations.RunPython.noop)]
