"""The shared library and the command, built by Swift."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from intaglio_backend.project import Project

LIBRARY = "libIntaglioC.so"

_OPTIONS = {
    "--configuration": "INTAGLIO_BUILD_CONFIGURATION",
    "--scratch-path": "INTAGLIO_BUILD_SCRATCH_PATH",
}


@dataclass(frozen=True)
class Built:
    """Where the build left its two files."""

    library: Path
    command: Path


@contextmanager
def build(project: Project) -> Iterator[Built]:
    """Build both with `Sources/IntaglioC/build-library`, into a folder that goes afterwards.

    Where that cannot be, the build ends with one line that says why.
    """
    package = project.swift_package
    if shutil.which("swift") is None:
        raise SystemExit(
            "intaglio: building the wheel needs Swift 6.3 or later, and there is no `swift` on the "
            "PATH: install it (https://www.swift.org/install), or install a wheel that is built"
        )
    with tempfile.TemporaryDirectory(prefix="intaglio-build-") as output:
        command = [str(package / "Sources/IntaglioC/build-library"), output]
        for option, variable in _OPTIONS.items():
            if value := os.environ.get(variable):
                command += [option, value]
        if status := subprocess.run(command, cwd=package).returncode:
            raise SystemExit(f"intaglio: {package} did not build (exit {status}); see above")
        yield Built(Path(output, LIBRARY), Path(output, "intaglio"))
