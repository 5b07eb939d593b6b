"""Writing an archive of sources that a wheel can be built from where Swift is."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from intaglio_backend.project import Project

# Folders of the repository that no wheel is built from.
_LEFT_OUT = {"IntaglioPython", "IntaglioPythonTests", "Python", "Fuzzing", "__pycache__"}


def build(project: Project, directory: Path) -> str:
    """The distribution at the top, and the Swift package in the folder `swift`."""
    name = f"{project.stem}.tar.gz"
    package = project.swift_package
    with tarfile.open(directory / name, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        information = tarfile.TarInfo(f"{project.stem}/PKG-INFO")
        contents = project.metadata.encode()
        information.size = len(contents)
        archive.addfile(information, io.BytesIO(contents))
        for path in _files(project.root, ("pyproject.toml", "README.md", "backend", "src")):
            archive.add(path, f"{project.stem}/{path.relative_to(project.root)}")
        for path in _files(package, ("Package.swift", "Package.resolved", "Sources", "Tests")):
            archive.add(path, f"{project.stem}/swift/{path.relative_to(package)}")
    return name


def _files(root: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = root / name
        if path.is_file():
            yield path
        for file in sorted(path.rglob("*")) if path.is_dir() else ():
            parts = set(file.relative_to(root).parts)
            if file.is_file() and file.suffix != ".so" and not parts & _LEFT_OUT:
                yield file
