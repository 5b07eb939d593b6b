"""Building from the archive of sources, and without what it takes: one line says what is missing."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DISTRIBUTION = REPOSITORY / "Sources/IntaglioPython"
HOOK = "import intaglio_backend as b, sys; print(getattr(b, sys.argv[1])(sys.argv[2]))"
# In Swift's place: notes where it builds, and leaves what it was asked for.
SWIFT = """#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in --scratch-path) scratch=$2 ;; --product) product=$2 ;; --show-bin-path) echo "$scratch" ;; esac
  shift
done
mkdir -p "$scratch"
case "$product" in
  IntaglioC) pwd > "$scratch/libIntaglioC.so" ;;
  intaglio) cat Package.swift > "$scratch/intaglio" ;;
esac
"""


def build(
    distribution: Path, output: Path, path: str, hook: str = "build_wheel", **more: str
) -> subprocess.CompletedProcess[str]:
    """Build as a frontend does: in the distribution's folder, with the backend on the path."""
    environment = {"PATH": path, "PYTHONPATH": str(distribution / "backend"), **more}
    return subprocess.run(
        [sys.executable, "-B", "-c", HOOK, hook, str(output)],
        cwd=distribution, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """What the archive of sources has in it, unpacked where there is no repository."""
    built = build(DISTRIBUTION, tmp_path, os.environ["PATH"], "build_sdist")
    assert built.returncode == 0, built.stderr
    with tarfile.open(tmp_path / built.stdout.strip()) as archive:
        archive.extractall(tmp_path / "unpacked")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    return unpacked


def test_the_archive_has_what_is_built_from_and_nothing_that_was_built(sources: Path) -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("what belongs to the repository is what git says, and this is no clone")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    archived = {str(path.relative_to(sources)) for path in sources.rglob("*") if path.is_file()}
    archived -= {"PKG-INFO", "swift/Package.resolved"}
    found = {
        name.removeprefix("swift/")
        if name.startswith("swift/")
        else f"Sources/IntaglioPython/{name}"
        for name in archived
    }
    assert found <= set(listed)
    needed = ("Package.swift", "Sources/", "Tests/Intaglio")
    left_out = ("Sources/IntaglioPython/examples/", "Tests/IntaglioPythonTests/")
    assert found >= {
        name for name in listed if name.startswith(needed) and not name.startswith(left_out)
    }


def built_wheel(sources: Path, tmp_path: Path, hook: str) -> dict[str, bytes]:
    """What is in a wheel that is built from the archive alone."""
    programs, scratch = tmp_path / "programs", tmp_path / "scratch"
    programs.mkdir()
    (programs / "swift").write_text(SWIFT)
    (programs / "swift").chmod(0o755)
    built = build(
        sources, tmp_path, f"{programs}{os.pathsep}{os.environ['PATH']}", hook,
        INTAGLIO_BUILD_CONFIGURATION="debug", INTAGLIO_BUILD_SCRATCH_PATH=str(scratch),
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(tmp_path / built.stdout.strip()) as wheel:
        contents = {name: wheel.read(name) for name in wheel.namelist()}
    command = contents.pop(f"{sources.name}.data/scripts/intaglio")
    assert command == (REPOSITORY / "Package.swift").read_bytes()
    return {name: data for name, data in contents.items() if ".dist-info/" not in name}


def test_a_wheel_is_built_from_the_archive_alone(sources: Path, tmp_path: Path) -> None:
    contents = built_wheel(sources, tmp_path, "build_wheel")
    library = contents.pop("intaglio/libIntaglioC.so").decode().strip()
    assert library == str(sources / "swift")
    package = DISTRIBUTION / "src"
    assert contents == {
        str(path.relative_to(package)): path.read_bytes()
        for pattern in ("*.py", "*.typed")
        for path in package.rglob(pattern)
    }


def test_an_editable_wheel_points_at_the_sources_and_puts_the_library_there(
    sources: Path, tmp_path: Path
) -> None:
    contents = built_wheel(sources, tmp_path, "build_editable")
    assert contents == {"intaglio_openai_agents.pth": f"{sources / 'src'}\n".encode()}
    library = (sources / "src/intaglio/libIntaglioC.so").read_text().strip()
    assert library == str(sources / "swift")


def test_without_swift_there_is_one_line(tmp_path: Path) -> None:
    built = build(DISTRIBUTION, tmp_path, str(tmp_path))
    assert built.returncode == 1
    assert built.stderr.count("\n") == 1
    assert "needs Swift" in built.stderr


def test_without_the_sources_there_is_one_line(tmp_path: Path) -> None:
    copy = tmp_path / "IntaglioPython"
    shutil.copytree(DISTRIBUTION, copy)
    built = build(copy, tmp_path, os.environ["PATH"])
    assert built.returncode == 1
    assert built.stderr.count("\n") == 1
    assert "Swift sources" in built.stderr
