"""The wheel in an environment of its own, in a folder without the repository."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

WHEEL = os.environ.get("INTAGLIO_WHEEL")

PROGRAM = """
import intaglio
with intaglio.Log.open("audit", create=True) as log:
    log.append("hello", "run-1").wait()
report = intaglio.verify("audit")
assert report.is_faultless
print(intaglio.__file__)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and nothing else."""
    if WHEEL is None:
        pytest.skip("INTAGLIO_WHEEL names no wheel: see the script `run`")
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        + ["--python", str(folder / "bin/python"), "install", "--no-deps", os.path.abspath(WHEEL)],
        check=True,
    )
    return folder


def run(*arguments: str | Path, cwd: Path) -> str:
    """Run a program that knows nothing of the repository."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    process = subprocess.run(
        list(map(str, arguments)),
        cwd=cwd, env=kept, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_a_fresh_environment_appends_reads_and_verifies(environment: Path, tmp_path: Path) -> None:
    printed = run(environment / "bin/python", "-c", PROGRAM, cwd=tmp_path)
    assert printed.startswith(str(environment))


def test_the_command_comes_with_the_wheel(environment: Path, tmp_path: Path) -> None:
    run(environment / "bin/python", "-c", PROGRAM, cwd=tmp_path)
    assert "file format" in run(environment / "bin/intaglio", "--version", cwd=tmp_path)
    run(environment / "bin/intaglio", "verify", "audit", cwd=tmp_path)
    assert "hello" in run(
        environment / "bin/intaglio", "log", "audit", "--stream", "run-1", cwd=tmp_path
    )


def test_without_its_library_the_package_says_what_to_do(environment: Path, tmp_path: Path) -> None:
    program = (
        "import os; os.environ['INTAGLIO_LIBRARY'] = 'nowhere.so'; import intaglio\n"
        "try: intaglio.Log.open('audit', create=True)\n"
        "except intaglio.IntaglioError as error: print(error.code, error)"
    )
    printed = run(environment / "bin/python", "-c", program, cwd=tmp_path)
    assert printed.startswith("no_library ")
    assert "INTAGLIO_LIBRARY" in printed
    assert printed.count("\n") == 1
