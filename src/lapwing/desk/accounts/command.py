"""`lapwing admit`: the way in for an administrator when no administrator gets in any more."""

from __future__ import annotations

from pathlib import Path

DONE = 0


def admit(name: str, *, why: str, home: Path | None = None) -> int:
    """Reset how an administrator signs in, when no other administrator gets in to do it on the page of Persons.

    Takes away password and second factors, and prints an initial password, which works for three days and leads to
    a password of their own and a new second factor. The audit log keeps it, with the reason. For administrators
    only, who let the others in; the desk may go on working.

    Parameters
    ----------
    name
        The administrator's name at the desk.
    why
        The reason, for the audit log.
    home
        The data folder of the desk.
    """
    from lapwing.desk.project.start import start

    start(home, seals=False)
    from lapwing.desk.accounts import enrolment
    from lapwing.desk.operation import opening

    opening.for_work()
    person, password = enrolment.admit(name, why)
    print(f"Password and second factors of {person} are taken away. The initial password, shown this once:")
    print(password)
    print(
        f"It works until {person.initial_until:%Y-%m-%d %H:%M} UTC, to choose another one and to set up a second "
        "factor. The audit log says that it was given, and why."
    )
    return DONE
