"""Programs that the tests run as processes of their own."""

import subprocess
import sys
import textwrap
from pathlib import Path

# A guard against hangs, never a measure.
GUARD_SECONDS = 60


def run_program(text: str, *arguments: str | Path, expecting: int | None = 0) -> str:
    """Run a Python program to its end, and give what it printed; it ends by itself, as expected."""
    # That threads and forks do not go together is what is tested.
    options = ["-X", "faulthandler", "-W", "ignore:This process:DeprecationWarning"]
    process = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(text), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=GUARD_SECONDS,
    )
    if expecting is not None:
        assert process.returncode == expecting, process.stdout + process.stderr
        # Neither a warning of a thread at the end nor a failure in an exit handler.
        assert process.stderr == "", process.stderr
    return process.stdout
