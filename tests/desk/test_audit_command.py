"""`lapwing audit`: what it prints, how it exits, and what it does without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desk_folder import new_desk, without_database

from lapwing.desk.audit.key_file import public_keys
from lapwing.desk.audit.verification import verify_file

FILL = """
import sys
from pathlib import Path
from lapwing.desk.project.start import start
start(Path(sys.argv[1]))
from django.db import transaction
from lapwing.desk import audit
from lapwing.desk.audit import checkpointing
for at in range(int(sys.argv[2])):
    with transaction.atomic():
        audit.record(None, "moment.look", f"moment:m-{at}", why="a reason")
checkpointing.make()
"""


def run(*command: str, without: str = "") -> subprocess.CompletedProcess[str]:
    # What is said here is the same for both databases; a file is quicker to have.
    environment = {name: value for name, value in without_database().items() if name != without}
    return subprocess.run(command, env=environment, text=True, capture_output=True, timeout=60, check=False)


def lapwing(*arguments: str | Path, without: str = "") -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "lapwing.cli", "audit", *map(str, arguments), without=without)


def fill(home: Path, count: int) -> None:
    done = run(sys.executable, "-c", FILL, str(home), str(count))
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a desk, its export, its keys and a copy of its checkpoints."""
    root = tmp_path_factory.mktemp("audit")
    fill(new_desk(root / "home"), 5)
    for done in (
        lapwing("export", "--out", root / "log.jsonl", "--home", root / "home"),
        lapwing("copy", root / "kept", "--home", root / "home"),
    ):
        assert done.returncode == 0, done.stderr
    shown = lapwing("key", "--home", root / "home")
    assert shown.stdout.startswith("localhost/audit-")
    assert "fingerprint" in shown.stderr
    (root / "keys").write_text(shown.stdout)
    return root


@pytest.fixture
def broken(desk: Path, tmp_path: Path) -> Path:
    """The export with one letter of entry 4 changed."""
    file = tmp_path / "broken.jsonl"
    lines = (desk / "log.jsonl").read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b"moment:m-1", b"moment:m-2")
    file.write_bytes(b"\n".join(lines))
    return file


def test_a_whole_log_exits_with_0(desk: Path) -> None:
    done = lapwing("verify", desk / "log.jsonl", "--key", desk / "keys", "--checkpoints", desk / "kept")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The log is whole: 8 entries.\n")
    assert "Checkpoints that hold: 3 in the log, 3 in the folder." in done.stdout


def test_a_broken_log_exits_with_1_and_names_the_entry(desk: Path, broken: Path) -> None:
    done = lapwing("verify", broken, "--key", desk / "keys")
    assert done.returncode == 1
    assert done.stdout.startswith("The log is broken. First bad entry: 4 (line 5).\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{root}/nothing.jsonl"], "lapwing: {root}/nothing.jsonl cannot be read: No such file or directory.\n"),
        (["{root}/empty"], "lapwing: {root}/empty is empty: give a file that `lapwing audit export` has written.\n"),
        (["{root}/keys"], "lapwing: {root}/keys is no export of the audit log: its first line is not the header of "
         "one, and no line in it is an entry. Give a file that `lapwing audit export` has written.\n"),
        (["{root}/log.jsonl", "--key", "{root}/log.jsonl"], "lapwing: {root}/log.jsonl does not hold public keys: "),
        (["{root}/log.jsonl", "--key", "{root}/none"], "lapwing: {root}/none cannot be read: No such file "
         "or directory. "),
        (["{root}/log.jsonl", "--checkpoints", "{root}/none"], "lapwing: There is no folder {root}/none: give the "
         "folder with the .checkpoint files of the desk.\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_says_why(desk: Path, arguments: list[str], message: str) -> None:
    (desk / "empty").touch()
    done = lapwing("verify", *(argument.format(root=desk) for argument in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith(message.format(root=desk))
    assert done.stdout == ""


def test_verifying_needs_neither_django_nor_a_data_folder(desk: Path) -> None:
    code = (
        "import sys, lapwing.cli; status = lapwing.cli.run(sys.argv[1:]); "
        "print(status, *sorted({'django', 'numpy', 'pyarrow', 'sqlite3'} & set(sys.modules)))"
    )
    environment = {"PATH": os.environ["PATH"], "LAPWING_HOME": "/nonexistent"}
    command = [sys.executable, "-c", code, "audit", "verify", str(desk / "log.jsonl")]
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert done.stdout.splitlines()[-1] == "0", done.stdout + done.stderr


def test_the_export_of_the_command_line_has_no_words(desk: Path) -> None:
    text = (desk / "log.jsonl").read_text()
    assert '"words":false' in text
    assert "a reason" not in text


@pytest.mark.parametrize("command", ["key", "export", "copy"])
def test_the_seal_key_is_not_needed(desk: Path, tmp_path: Path, command: str) -> None:
    folder = [tmp_path / "kept"] if command == "copy" else []
    done = lapwing(command, *folder, "--home", desk / "home", without="LAPWING_SEAL_KEY")
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_lost_key_is_replaced_on_demand_and_both_are_shown(desk: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(desk / "home", tmp_path / "home"))
    (home / "audit-key").unlink()
    done = lapwing("key", "--home", home)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert lapwing("export", "--out", tmp_path / "log.jsonl", "--home", home).returncode == 0
    assert not verify_file(tmp_path / "log.jsonl", public_keys(desk / "keys")).whole
    (tmp_path / "keys").write_text(done.stdout)
    assert verify_file(tmp_path / "log.jsonl", public_keys(tmp_path / "keys")).whole


# --- copies elsewhere ------------------------------------------------------------------------------------


def test_only_new_checkpoints_are_copied(desk: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(desk / "home", tmp_path / "home"))
    kept = tmp_path / "kept"
    assert "new checkpoints in" in lapwing("copy", kept, "--home", home).stdout
    assert lapwing("copy", kept, "--home", home).stdout == f"0 new checkpoints in {kept}.\n"
    fill(home, 3)
    done = lapwing("copy", kept, "--home", home)
    assert (done.returncode, done.stderr) == (0, "")
    assert {file.name for file in kept.iterdir()} == {file.name for file in (home / "checkpoints").iterdir()}


def test_a_checkpoint_that_differs_from_its_copy_is_told_and_not_written_over(
    desk: Path, tmp_path: Path
) -> None:
    kept = Path(shutil.copytree(desk / "kept", tmp_path / "kept"))
    file = sorted(kept.glob("*.leaves"))[0]
    file.write_text("0" * 64 + "\n")
    done = lapwing("copy", kept, "--home", desk / "home")
    assert done.returncode == 1
    assert f"is not what was kept as {file}: the log was signed anew" in done.stderr
    assert file.read_text() == "0" * 64 + "\n"


def test_a_checkpoint_that_is_gone_from_the_desk_is_told(desk: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(desk / "home", tmp_path / "home"))
    kept = Path(shutil.copytree(home / "checkpoints", tmp_path / "kept"))
    last = sorted((home / "checkpoints").glob("*.checkpoint"))[-1]
    last.unlink()
    done = lapwing("copy", kept, "--home", home)
    assert done.returncode == 1
    assert f"{last} is gone, and was kept as {kept / last.name}: the log was cut" in done.stderr


# --- a desk without its key ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: file.unlink(), "does not exist, so the log cannot be signed"),
        (lambda file: file.chmod(0o644), "can be read or changed by others on this machine (mode 0644)"),
    ],
)
def test_a_desk_does_not_open_without_a_safe_audit_key(
    desk: Path, tmp_path: Path, spoil: object, message: str
) -> None:
    assert callable(spoil)
    home = Path(shutil.copytree(desk / "home", tmp_path / "home"))
    spoil(home / "audit-key")
    done = run(sys.executable, "-m", "lapwing.cli", "desk", "--home", str(home), "--port", "1")
    assert done.returncode == 2
    assert message in done.stderr
