"""`lapwing audit`: verify an export anywhere; export, copy checkpoints and show the key where the desk runs."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclopts import App, Parameter

DONE, BROKEN = 0, 1

app = App(
    name="audit",
    help="Verify, export and sign the audit log of a desk.",
    help_format="plaintext",
    sort_key=20,
    default_parameter=Parameter(negative=()),
)


@app.command(sort_key=1)
def verify(file: Path, *, checkpoints: Path | None = None, key: Path | None = None) -> int:
    """Check an export of the audit log; needs no desk, no database and no network.

    Names the first bad entry and exits with 1 when anything was changed, removed or reordered.

    Parameters
    ----------
    file
        The export.
    checkpoints
        A folder with checkpoints of the log that were kept elsewhere.
    key
        A file with the public keys of the log, from a source you trust, one on each line.
    """
    from lapwing.desk.audit.key_file import public_keys
    from lapwing.desk.audit.verification import verify_file

    found = verify_file(file, public_keys(key) if key is not None else (), checkpoints)
    print(found.text())
    return DONE if found.whole else BROKEN


@app.command(sort_key=2)
def export(*, out: Path | None = None, home: Path | None = None) -> int:
    """Write the audit log of a desk as a file that can be verified without it.

    Reasons and details are left out, since who runs the machine reads no content; the overseer's page gives both.

    Parameters
    ----------
    out
        The file to write; without it, standard output.
    home
        The data folder of the desk.
    """
    from lapwing.desk.project.start import start

    start(home, seals=False)
    from lapwing.desk.audit.exporting import export
    from lapwing.desk.operation import opening

    opening.for_work()
    lines = export(None, words=False, why="at the command line")
    if out is None:
        sys.stdout.buffer.writelines(lines)
    else:
        with out.open("wb") as opened:
            opened.writelines(lines)
        print(f"The audit log: {out}\nCheck it with: lapwing audit verify {out}")
    return DONE


@app.command(sort_key=3)
def copy(folder: Path, *, home: Path | None = None) -> int:
    """Copy the checkpoints of a desk into a folder elsewhere, and see that those kept there still agree.

    Exits with 1 when a checkpoint differs from the one that was kept, or is gone.

    Parameters
    ----------
    folder
        The folder to copy into, best on another machine and under another account.
    home
        The data folder of the desk.
    """
    from lapwing.desk.audit import kept
    from lapwing.desk.project import home as data

    copied, wrong = kept.copy((home or data.folder()) / kept.FOLDER, folder)
    print(f"{copied} new checkpoints in {folder}." if copied != 1 else f"1 new checkpoint in {folder}.")
    for what in wrong:
        print(what, file=sys.stderr)
    return BROKEN if wrong else DONE


@app.command(sort_key=4)
def key(*, home: Path | None = None) -> int:
    """Show the public keys of the audit log; make a new one when the file of the private key is gone.

    Parameters
    ----------
    home
        The data folder of the desk.
    """
    from lapwing.desk.project.start import start

    start(home, seals=False)
    from lapwing.desk.audit import checkpointing
    from lapwing.desk.operation import opening

    opening.for_work()
    if not checkpointing.key_path().exists():
        checkpointing.replace_key()
    for one in checkpointing.public_keys():
        print(one.text())
        print(f"{one.name}: fingerprint {one.fingerprint()}", file=sys.stderr)
    return DONE
