"""Of each moment the queue keeps facts, and no sentence in one language."""

import json
from typing import Any

from django.db import migrations

from lapwing.desk.moments.summary import summary
from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment


def summarise(apps: Any, schema_editor: Any) -> None:
    for moment in apps.get_model("moments", "Moment").objects.iterator(chunk_size=100):
        shown = None if moment.exhibit is None else Exhibit.parse(json.dumps(moment.exhibit))
        moment.summary = summary(Moment.parse(json.dumps(moment.line)), shown)
        moment.save(update_fields=["summary"])


class Migration(migrations.Migration):
    dependencies = [("moments", "0003_known")]
    operations = [migrations.RunPython(summarise, migrations.RunPython.noop)]
