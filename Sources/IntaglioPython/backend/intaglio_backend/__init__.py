"""Builds the distribution (PEP 517 and 660): Python package, shared library and command in a wheel.

INTAGLIO_BUILD_CONFIGURATION ("release" by default) and INTAGLIO_BUILD_SCRATCH_PATH choose how and
where the Swift package is built, so that tests take what is built already.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from intaglio_backend import native, sdist
from intaglio_backend.project import Project
from intaglio_backend.wheel import Wheel, wheel_information

_Settings = Mapping[str, object] | None


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: _Settings = None
) -> str:
    """Write what the wheel will say of itself; nothing is built for that."""
    project = Project.read()
    folder = Path(metadata_directory, f"{project.stem}.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text(project.metadata, "utf-8")
    (folder / "WHEEL").write_text(wheel_information(), "utf-8")
    return folder.name


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(
    wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None
) -> str:
    """Build the Swift package; library, command and Python package go into the wheel."""
    project = Project.read()
    with native.build(project) as built, Wheel(project, Path(wheel_directory)) as wheel:
        wheel.add_tree(project.root / "src")
        wheel.add(f"intaglio/{native.LIBRARY}", built.library.read_bytes())
        wheel.add_command("intaglio", built.command.read_bytes())
        return wheel.name


def build_editable(
    wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None
) -> str:
    """Build the Swift package; the wheel only points at `src`, where the library is put."""
    project = Project.read()
    sources = project.root / "src"
    with native.build(project) as built, Wheel(project, Path(wheel_directory)) as wheel:
        # Another inode: a process may have the old one loaded.
        staged = sources / "intaglio" / f"{native.LIBRARY}.new"
        shutil.copyfile(built.library, staged)
        staged.replace(sources / "intaglio" / native.LIBRARY)
        wheel.add("intaglio_openai_agents.pth", f"{sources}\n".encode())
        wheel.add_command("intaglio", built.command.read_bytes())
        return wheel.name


def build_sdist(sdist_directory: str, config_settings: _Settings = None) -> str:
    """Put the distribution and the Swift package that it is built from in an archive."""
    return sdist.build(Project.read(), Path(sdist_directory))
