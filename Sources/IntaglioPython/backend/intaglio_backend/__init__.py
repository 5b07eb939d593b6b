"""Builds the distribution (PEP 517 and 660): Python package, shared library and command in a wheel.

INTAGLIO_BUILD_CONFIGURATION ("release" by default) and INTAGLIO_BUILD_SCRATCH_PATH choose how and
where the Swift package is built, so that tests take what is built already.
"""

from collections.abc import Mapping
from pathlib import Path

from intaglio_backend import native, sdist
from intaglio_backend.project import Project
from intaglio_backend.wheel import Wheel

_Settings = Mapping[str, object] | None


def build_wheel(
    wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None
) -> str:
    """Build the Swift package; library, command and Python package go into the wheel."""
    project = Project.read()
    built = native.build(project)
    with Wheel(project, Path(wheel_directory)) as wheel:
        wheel.add_tree(project.root / "src")
        wheel.add(f"intaglio/{native.LIBRARY}", built.library.read_bytes())
        wheel.add_command("intaglio", built.command.read_bytes())
        return wheel.name


def build_editable(
    wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None
) -> str:
    """Build the Swift package; the wheel only points at `src`, where the library is put."""
    project = Project.read()
    built = native.build(project)
    sources = project.root / "src"
    built.library.replace(sources / "intaglio" / native.LIBRARY)
    with Wheel(project, Path(wheel_directory)) as wheel:
        wheel.add("intaglio_openai_agents.pth", f"{sources}\n".encode())
        wheel.add_command("intaglio", built.command.read_bytes())
        return wheel.name


def build_sdist(sdist_directory: str, config_settings: _Settings = None) -> str:
    """Put the distribution and the Swift package that it is built from in an archive."""
    return sdist.build(Project.read(), Path(sdist_directory))
