"""A folder in which programs work, and what the logs in it say against what has run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from records import events_of_log

from intaglio import verify

HERE = Path(__file__).parent
# A guard against hangs, never a measure.
GUARD_SECONDS = 120
_ENDS = {"run.end": "ended", "run.failed": "failed", "run.orphaned": "orphaned"}


class Folder:
    """A folder with a store, and beside it a note of each body that has run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path / "store"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of the programs that work here."""
        path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
        return {**os.environ, "WORK_FOLDER": str(self.path), "PYTHONPATH": path, **more}

    def check(self) -> dict[str, dict[str, str]]:
        """By log the names that were worked on, and how their runs ended, "live" where none did.

        All logs verify, and have what has run and nothing else.
        """
        found: dict[str, dict[str, str]] = {}
        for log in sorted(self.store.iterdir()):
            report = verify(log)
            assert report.is_faultless, report.findings
            runs: dict[str, list[dict[str, Any]]] = {}
            for stream, event in events_of_log(log):
                if stream.startswith("run/"):
                    runs.setdefault(stream, []).append(event)
            found[log.name] = dict(map(_described, runs.values()))
            assert len(found[log.name]) == len(runs), "a run is there twice"
        recorded = Counter(name for names in found.values() for name in names)
        assert recorded == Counter((self.path / "bodies").read_text().split())
        return found


def _described(events: list[dict[str, Any]]) -> tuple[str, str]:
    """What a run noted, and how it ended; it called one tool, once."""
    kinds = Counter(event["event"] for event in events)
    assert kinds["run.start"] == kinds["tool.request"] == kinds["tool.start"] == 1, kinds
    ends = [_ENDS[kind] for kind in kinds.elements() if kind in _ENDS]
    assert len(ends) <= 1, kinds
    assert ends != ["ended"] or kinds["tool.end"] == 1, kinds
    [request] = [event for event in events if event["event"] == "tool.request"]
    name = json.loads(request["gen_ai.tool.call.arguments"])["name"]
    return name, ends[0] if ends else "live"


class Meeting:
    """A place where processes wait until they are let go."""

    def __enter__(self) -> Meeting:
        self._there: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(GUARD_SECONDS)
        self.port = str(self._server.getsockname()[1])
        return self

    def __exit__(self, *error: object) -> None:
        self._server.close()
        self.let_go()

    def wait_for(self, count: int) -> None:
        """Wait until so many more are there."""
        self._there += [self._server.accept()[0] for _ in range(count)]

    def let_go(self) -> None:
        """Let all go on who are there."""
        while self._there:
            self._there.pop().close()


@contextmanager
def listening(folder: Folder, environment: dict[str, str], *arguments: str) -> Iterator[str]:
    """A server of HTTP that runs in the folder; its URL, which accepts from the beginning.

    It is given a socket that listens, as the last argument says how; at the end SIGTERM.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-m", *arguments]
        command.append(command.pop().format(server.fileno()))
        process = subprocess.Popen(
            command, cwd=folder.path, env=environment, pass_fds=[server.fileno()],
            start_new_session=True,
        )  # fmt: skip
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            process.terminate()
            assert process.wait(GUARD_SECONDS) == 0


def ask(url: str) -> tuple[str, int]:
    """What a service answers, and the process that did."""
    with urllib.request.urlopen(url, timeout=GUARD_SECONDS) as answer:
        text, process = answer.read().decode().rsplit(" ", 1)
        return text, int(process)
