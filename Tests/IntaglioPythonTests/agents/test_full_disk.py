"""A disk that is really full: nothing is done that is not recorded, and afterwards all goes on."""

from __future__ import annotations

import asyncio
import base64
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents import Agent, Runner, function_tool
from records import events_of
from scripted import Script, call, message

from intaglio import verify
from intaglio.openai_agents import IntaglioRunHooks, RunAborted

# Nothing makes it much shorter.
TEXT = base64.b64encode(random.Random(1).randbytes(90_000)).decode()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True).returncode:
        pytest.skip("a small disk is mounted for this, which only root may do")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Agents:
    """Agents that record on a disk, of which half is taken by something else."""

    def __init__(self, disk: Path) -> None:
        self.store = disk / "store"
        self.ballast = disk / "ballast"
        self.ballast.write_bytes(bytes(4 << 20))
        self.hooks = IntaglioRunHooks("a", store=self.store)
        self.ran = 0

    def run(self, calls: int) -> str:
        """Run so many calls, one after the other."""

        @function_tool
        def write(text: str) -> str:
            self.ran += 1
            return text

        turns = [[call("write", {"text": TEXT[:100_000] + str(number)})] for number in range(calls)]
        agent = Agent(name="a", model=Script(*turns, [message("Done.")]), tools=[write])
        running = Runner.run(agent, "Go", hooks=self.hooks, max_turns=99)
        return str(asyncio.run(running).final_output)

    def counted(self) -> Counter[str]:
        """The events in a log that verifies."""
        report = verify(self.store / "0")
        assert report.is_faultless, report.findings
        return Counter(event["event"] for _, event in events_of(self.store))


@pytest.mark.parametrize("is_reopened", [False, True])
def test_a_full_disk_runs_no_body_says_what_to_do_and_goes_on_with_more_space(
    disk: Path, is_reopened: bool
) -> None:
    agents = Agents(disk)
    for calls in (90, 1):
        with pytest.raises(RunAborted) as caught:
            agents.run(calls)
        assert "No space left on device; free some space and try again" in caught.value.message
        assert str(agents.store) in caught.value.message and "\n" not in caught.value.message
        assert 0 < agents.ran < 90
        assert agents.counted()["tool.start"] == agents.ran
    ran = agents.ran
    if is_reopened:
        agents.hooks.client.close()
    agents.ballast.unlink()
    assert agents.run(1) == "Done."
    assert agents.ran == ran + 1
    agents.hooks.client.close()
    counted = agents.counted()
    assert counted["tool.start"] == agents.ran
    # The disk was full at the end of a call, or at a start.
    assert counted["tool.start"] == counted["tool.end"] + counted["tool.orphaned"]
    assert (counted["run.start"], counted["run.failed"], counted["run.end"]) == (3, 2, 1)
