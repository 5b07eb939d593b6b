"""What `pyproject.toml` says, and where the Swift package is."""

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Project:
    """The distribution: the folder of `pyproject.toml`, and what that says."""

    root: Path
    name: str
    version: str
    metadata: str

    @property
    def stem(self) -> str:
        """What the names of wheels and archives begin with."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def swift_package(self) -> Path:
        """The Swift package: within an unpacked sdist, else the repository around this folder."""
        for folder in (self.root / "swift", self.root.parent.parent):
            if (folder / "Package.swift").is_file() and (folder / "Sources/IntaglioC").is_dir():
                return folder
        raise SystemExit(
            f"intaglio: the Swift sources are not beside {self.root}: build in a clone of the "
            "repository (pip install ./Sources/IntaglioPython), or from the sdist"
        )

    @classmethod
    def read(cls) -> "Project":
        """The project in the current folder, which is where a frontend calls a backend."""
        root = Path.cwd()
        table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
        return cls(root, table["name"], table["version"], _metadata(root, table))


def _metadata(root: Path, table: dict) -> str:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {table['name']}",
        f"Version: {table['version']}",
        f"Summary: {table['description']}",
        f"Requires-Python: {table['requires-python']}",
        *(f"Classifier: {classifier}" for classifier in table["classifiers"]),
        *(f"Requires-Dist: {dependency}" for dependency in table["dependencies"]),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (root / table["readme"]).read_text("utf-8")
