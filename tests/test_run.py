"""`run.py`: two commands, one environment, made once and made again when it has to be."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

RUN = Path(__file__).resolve().parent.parent / "run.py"


class Checkout:
    """A checkout in a folder with a space in its name, whose programs are recorded and not run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "a checkout"
        self.folder.mkdir()
        (self.folder / "pyproject.toml").write_text("one", encoding="utf-8")
        self.ran: list[tuple[str, ...]] = []
        self.status = 0
        self.run = self.loaded(monkeypatch)

    def loaded(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        spec = importlib.util.spec_from_file_location("run", RUN)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setattr(module, "ROOT", self.folder)
        monkeypatch.setattr(module, "VENV", self.folder / ".venv")
        monkeypatch.setattr(module, "DEMO", self.folder / "demo")
        monkeypatch.setattr(module, "sound", lambda: (self.folder / ".venv").is_dir())
        monkeypatch.setattr(module, "run", self.record)
        return module

    def record(self, *command: object) -> int:
        words = tuple(str(word) for word in command)
        self.ran.append(words)
        if "venv" in words:
            Path(words[-1]).mkdir()
        return self.status

    @property
    def installed(self) -> list[str]:
        """What pip was asked for, in order."""
        return [words[-1] for words in self.ran if "pip" in words]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path, monkeypatch)


def test_the_checkout_is_installed_once_for_each_change_of_pyproject(checkout: Checkout) -> None:
    checkout.run.prepare("test")
    checkout.run.prepare("test")
    assert checkout.installed == [".[dev]"]
    (checkout.folder / "pyproject.toml").write_text("two", encoding="utf-8")
    checkout.run.prepare("test")
    checkout.run.prepare("test")
    assert checkout.installed == [".[dev]", ".[dev]"]


def test_what_the_tests_need_serves_the_demo_but_not_the_other_way_round(checkout: Checkout) -> None:
    checkout.run.prepare("demo")
    assert checkout.installed == [".[desk]"]
    checkout.run.prepare("test")
    assert checkout.installed == [".[desk]", ".[dev]"]
    checkout.run.prepare("demo")
    assert checkout.installed == [".[desk]", ".[dev]"]


def test_a_failed_installation_says_what_to_do_and_is_done_again(checkout: Checkout) -> None:
    (checkout.folder / ".venv").mkdir()
    checkout.status = 1
    with pytest.raises(SystemExit) as stopped:
        checkout.run.prepare("demo")
    assert str(stopped.value) == (
        "run.py: the installation failed; pip's messages are above, its log is "
        f"{checkout.folder / '.venv' / 'install.log'}\n"
        "Behind a proxy, set HTTPS_PROXY; with a package index of your own, set PIP_INDEX_URL; then run\n"
        "the same command again."
    )
    checkout.status = 0
    checkout.run.prepare("demo")
    assert checkout.installed == [".[desk]", ".[desk]"]


def test_an_interrupted_installation_is_done_again(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout.folder / ".venv").mkdir()
    checkout.run.prepare("demo")
    (checkout.folder / "pyproject.toml").write_text("two", encoding="utf-8")

    def interrupted(*command: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkout.run, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkout.run.prepare("demo")
    (checkout.folder / "pyproject.toml").write_text("one", encoding="utf-8")
    monkeypatch.setattr(checkout.run, "run", checkout.record)
    checkout.run.prepare("demo")
    assert checkout.installed == [".[desk]", ".[desk]"]


def test_a_python_without_venv_is_told_which_package_to_install(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout.run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        checkout.run.prepare("demo")
    assert str(stopped.value) == (
        f"run.py: .venv cannot be made: {sys.executable} has no venv and no ensurepip\n"
        "On Debian and Ubuntu: apt-get install python3-venv. Elsewhere: use a Python that has venv and\n"
        "ensurepip. Then run the same command again."
    )


def test_an_older_python_is_told_so_in_a_sentence() -> None:
    code = (
        f"import runpy, sys; sys.version_info = (3, 10, 2); runpy.run_path({str(RUN)!r}, run_name='__main__')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.startswith("run.py: Lapwing needs Python 3.11 or newer; ")
    assert ran.stderr.endswith("Run it with a newer one, for example: python3.11 run.py demo\n")


def test_pip_is_not_led_astray_by_the_callers_settings(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    environment = checkout.run.environment()
    assert "PYTHONPATH" not in environment
    assert environment["PIP_USER"] == "0"
    assert environment["HTTPS_PROXY"] == "http://proxy:3128"


def test_pytests_arguments_and_status_are_passed_on(checkout: Checkout) -> None:
    (checkout.folder / ".venv").mkdir()
    checkout.run.prepare("test")
    checkout.status = 3
    assert checkout.run.main(["test", "tests/evidence", "-k", "viral"]) == 3
    assert checkout.ran[-1][1:] == ("-m", "pytest", "-n", "2", "tests/evidence", "-k", "viral")


def test_the_demo_opens_the_desk_in_a_folder_of_the_checkout_and_passes_its_status_on(
    checkout: Checkout,
) -> None:
    (checkout.folder / ".venv").mkdir()
    checkout.run.prepare("demo")
    checkout.status = 4
    assert checkout.run.main(["demo", "--port", "8100"]) == 4
    assert checkout.ran[-1][1:] == ("demo", "--home", str(checkout.folder / "demo"), "--port", "8100")


def test_alone_it_names_the_two_commands(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    assert checkout.run.main([]) == 0
    usage = capsys.readouterr().out
    assert "python3 run.py demo" in usage
    assert "run.py test [pytest args]" in usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tset"], "run.py: there is no command 'tset'\n"),
    ],
)
def test_what_it_does_not_know_it_says_and_ends_with_status_2(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert checkout.run.main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith(message)
    assert "python3 run.py demo" in told
    assert not checkout.ran
