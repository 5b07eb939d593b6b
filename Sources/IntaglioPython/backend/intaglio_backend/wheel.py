"""Writing a wheel: a zip file with a list of what is in it."""

import base64
import hashlib
import sysconfig
import zipfile
from pathlib import Path

from intaglio_backend.project import Project


class Wheel:
    """A wheel for any Python 3 on this platform; the same files give the same bytes."""

    def __init__(self, project: Project, directory: Path) -> None:
        self._project = project
        self.name = f"{project.stem}-{_tag()}.whl"
        self._archive = zipfile.ZipFile(directory / self.name, "w", zipfile.ZIP_DEFLATED)
        self._record: list[str] = []

    def __enter__(self) -> "Wheel":
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if kind is None:
            self._finish()
        self._archive.close()

    def add_tree(self, root: Path) -> None:
        """Add the Python package beneath `root`, but nothing that was built."""
        for path in sorted(root.rglob("*")):
            if path.suffix in {".py", ".typed"}:
                self.add(path.relative_to(root).as_posix(), path.read_bytes())

    def add_command(self, name: str, contents: bytes) -> None:
        """Add a program that is installed beside `python`."""
        self.add(f"{self._project.stem}.data/scripts/{name}", contents, mode=0o755)

    def add(self, name: str, contents: bytes, mode: int = 0o644) -> None:
        """Add a file, and list it with its digest."""
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o100000 | mode) << 16
        self._archive.writestr(entry, contents)
        digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
        self._record.append(f"{name},sha256={digest},{len(contents)}")

    def _finish(self) -> None:
        folder = f"{self._project.stem}.dist-info"
        self.add(f"{folder}/METADATA", self._project.metadata.encode())
        self.add(f"{folder}/WHEEL", wheel_information().encode())
        lines = [*self._record, f"{folder}/RECORD,,", ""]
        self._archive.writestr(zipfile.ZipInfo(f"{folder}/RECORD"), "\n".join(lines))


def wheel_information() -> str:
    """The file WHEEL."""
    return f"Wheel-Version: 1.0\nGenerator: intaglio\nRoot-Is-Purelib: false\nTag: {_tag()}\n"


def _tag() -> str:
    return "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
