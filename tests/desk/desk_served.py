"""A desk with a few moments, served as it is in use: `python desk_served.py FOLDER PORT`, or `... FOLDER take m-9`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PASSWORD = "open the demonstration"
WHY = "a reason that can be judged"
BENIGN = "a match on that evening brought them to the same link"


def fill() -> None:
    """People, moments under a mandate, a case and a threat."""
    from django.core.management import call_command
    from moment_sample import covered, stated

    from lapwing.desk.accounts.models import Person
    from lapwing.desk.cases import working
    from lapwing.desk.moments import take
    from lapwing.desk.moments.assessing import assess

    call_command("migrate", verbosity=0)
    analyst, approver = (
        Person.objects.create_person(role, [role], PASSWORD) for role in ("analyst", "approver")
    )
    covered(*(f"s-{number}" for number in range(1, 10)), by=analyst, approved_by=approver)
    for number, net in enumerate((11.0, 9.0, 7.0), start=1):
        take(*stated(f"m-{number}", net=net))
    moment = take(*stated("m-7", net=6.0, context="<b>link</b>\u202e{}", stage="campaign / seeding"))
    assess(moment, analyst, "open", BENIGN, WHY)
    working.open_case(analyst, "the hall", WHY, moment)


def main() -> None:
    """Serve, or take in one more moment."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    os.environ |= {"LAPWING_DEMO": "1", "LAPWING_URL": f"http://localhost:{what if what.isdigit() else 80}"}
    from lapwing.desk.project.start import start

    start(folder)
    if what == "take":
        from moment_sample import stated

        from lapwing.desk.moments import take

        take(*stated(sys.argv[3], net=15.0))
        return
    fill()
    import uvicorn

    uvicorn.run("lapwing.desk.project.asgi:application", port=int(what), log_level="error", lifespan="off")


if __name__ == "__main__":
    main()
