"""`lapwing seals`: make a seal key, and wrap all seals anew after a new one."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App, Parameter

DONE = 0

app = App(
    name="seals",
    help="Make the key of the seals of a desk, and change it.",
    help_format="plaintext",
    sort_key=19,
    default_parameter=Parameter(negative=()),
)


@app.command(sort_key=1)
def key(file: Path, name: str) -> int:
    """Make a seal key, or put a new one above those of a file; the ones below still open what they sealed.

    Parameters
    ----------
    file
        The file of the key; only its owner can read it. Keep a copy apart from the data: without it no seal opens.
    name
        What the new key is called, such as 2027-01.
    """
    from lapwing.desk.seals.key import make

    made = make(file, name)
    older = ", ".join(other for other in made.keys if other != made.current)
    print(f"{file}: new seals are made with {made.current}.")
    if older:
        print(f"Older keys in it: {older}. Wrap the seals made with them anew: lapwing seals rewrap")
    else:
        print(f"Start the desk with LAPWING_SEAL_KEY_FILE={file}, and keep a copy apart from its data.")
    return DONE


@app.command(sort_key=2)
def rewrap(*, home: Path | None = None) -> int:
    """Wrap every seal that hangs on an older key with the current one; can be interrupted and run again.

    Parameters
    ----------
    home
        The data folder of the desk.
    """
    from lapwing.desk.project.start import start

    start(home)
    from lapwing.desk.operation import opening
    from lapwing.desk.seals import keeping

    opening.for_work()
    done = keeping.rewrap()
    seals = "1 seal" if done == 1 else f"{done} seals"
    print(f"{seals} wrapped with {keeping.key().current}. Older keys are needed for none of them any more.")
    return DONE
