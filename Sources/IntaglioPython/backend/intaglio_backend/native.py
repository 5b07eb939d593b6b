"""The shared library and the command, built by Swift."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from intaglio_backend.project import Project

LIBRARY = "libIntaglioC.so"


@dataclass(frozen=True)
class Built:
    """Where the build left its two files."""

    library: Path
    command: Path


def build(project: Project) -> Built:
    """Build both with `Sources/IntaglioC/build-library`; a one-line error where that cannot be."""
    package = project.swift_package
    if shutil.which("swift") is None:
        raise SystemExit(
            "intaglio: building the wheel needs Swift 6.2 or later, and there is no `swift` on the "
            "PATH: install it (https://www.swift.org/install), or install a wheel that is built"
        )
    output = Path(tempfile.mkdtemp(prefix="intaglio-build-"))
    command = [str(package / "Sources/IntaglioC/build-library"), str(output)]
    for option, variable in (
        ("--configuration", "INTAGLIO_BUILD_CONFIGURATION"),
        ("--scratch-path", "INTAGLIO_BUILD_SCRATCH_PATH"),
    ):
        if value := os.environ.get(variable):
            command += [option, value]
    if status := subprocess.run(command, cwd=package).returncode:
        raise SystemExit(f"intaglio: the Swift package in {package} did not build (exit {status})")
    return Built(output / LIBRARY, output / "intaglio")
