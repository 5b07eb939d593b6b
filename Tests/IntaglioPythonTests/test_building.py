"""Building without what it takes: one line that says what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

DISTRIBUTION = Path(__file__).parents[2] / "Sources/IntaglioPython"
HOOK = "import intaglio_backend, sys; intaglio_backend.build_wheel(sys.argv[1])"


def build(distribution: Path, output: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Build as a frontend does: in the distribution's folder, with the backend on the path."""
    environment = {"PATH": path, "PYTHONPATH": str(distribution / "backend")}
    return subprocess.run(
        [sys.executable, "-B", "-c", HOOK, str(output)],
        cwd=distribution, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


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
