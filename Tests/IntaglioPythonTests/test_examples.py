"""The examples run as they stand, without a key or a network, and what they leave verifies."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import intaglio

EXAMPLES = Path(__file__).parents[2] / "Sources/IntaglioPython/examples"
COMMAND = shutil.which("intaglio", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
GUARD_SECONDS = 120


def environment() -> dict[str, str]:
    """What a user without an account has."""
    return {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}


def run(*arguments: str | Path, cwd: Path) -> str:
    """Run a program of the wheel to its end, in a folder of its own."""
    process = subprocess.run(
        list(map(str, arguments)), cwd=cwd, env=environment(),
        capture_output=True, text=True, timeout=GUARD_SECONDS,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def example(name: str, *arguments: str, cwd: Path) -> str:
    """Run an example."""
    return run(sys.executable, EXAMPLES / name, *arguments, cwd=cwd)


def command(*arguments: str | Path, cwd: Path) -> str:
    """Run the command that came with the wheel."""
    if COMMAND is None:
        pytest.skip("the command `intaglio` is not beside python: install the wheel")
    return run(COMMAND, *arguments, cwd=cwd)


def runs(store: str, cwd: Path) -> list[dict[str, str]]:
    """The runs in a store."""
    return [json.loads(line) for line in command("runs", store, "--json", cwd=cwd).splitlines()]


def test_the_weather_is_asked_for_and_on_record(tmp_path: Path) -> None:
    assert example("weather.py", cwd=tmp_path) == "Yes, it rains lightly in Delft, at 16 degrees.\n"
    assert intaglio.verify(tmp_path / "weather-audit/0").is_faultless
    [only] = runs("weather-audit", tmp_path)
    assert (only["agent"], only["state"]) == ("weather-demo", "ended")
    timeline = command("run", "show", "weather-audit", only["run"], cwd=tmp_path)
    assert 'function:get_weather {"city": "Delft"}' in timeline
    assert "Delft: 16 degrees, light rain" in timeline
    assert "Clean" in command("verify", "weather-audit", cwd=tmp_path)


def test_a_policy_lets_the_small_refund_through_and_not_the_large_one(tmp_path: Path) -> None:
    printed = example("policy.py", cwd=tmp_path)
    assert printed.splitlines() == [
        "(paid mia_li 40 euros)",
        "Done: 40 euros are on their way.",
        "I cannot pay that myself. Shall I pass you on to our finance desk?",
    ]
    with intaglio.LogReader.open(tmp_path / "policy-audit/0") as reader:
        texts = [record.text for record in reader if record.kind >= intaglio.EVENT]
    assert sum('"large-refunds"' in text for text in texts)
    assert intaglio.verify(tmp_path / "policy-audit/0").is_faultless


def test_a_review_is_decided_between_two_processes(tmp_path: Path) -> None:
    printed = example("review.py", cwd=tmp_path)
    assert "(deleted" not in printed
    ticket = re.search(r"function:delete_account, ticket ([0-9a-f]{12})", printed)
    assert ticket
    shown = command("review", "show", "review-audit", ticket[1], cwd=tmp_path)
    digest = re.search(r"^digest +([0-9a-f]{64})$", shown, re.MULTILINE)
    assert digest
    command("approve", "review-audit", ticket[1], "--digest", digest[1][:8], cwd=tmp_path)
    resumed = example("review.py", "resume", cwd=tmp_path)
    assert resumed.splitlines() == ["(deleted mia_li)", "The account is gone."]
    assert intaglio.verify(tmp_path / "review-audit/0").is_faultless


def test_two_workers_of_a_service_each_write_a_log_of_their_own(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["-m", "uvicorn", "service:app", "--workers", "2", "--log-level", "warning"]
    service = subprocess.Popen(
        [sys.executable, *arguments, "--port", str(port), "--app-dir", str(EXAMPLES)],
        cwd=tmp_path, env=environment(), start_new_session=True,
    )  # fmt: skip
    store, deadline, cities = tmp_path / "service-audit", time.monotonic() + GUARD_SECONDS, []
    try:
        # Until both workers have a log: which of them answers is the kernel's choice.
        while not (store / "1").is_dir() or len(cities) < 20:
            assert time.monotonic() < deadline
            city = f"city-{len(cities)}"
            if answer := ask(f"http://127.0.0.1:{port}/weather/{city}"):
                assert answer == {"answer": f"It rains lightly in {city}."}
                cities.append(city)
    finally:
        service.terminate()
        service.wait(GUARD_SECONDS)
    recorded = runs("service-audit", tmp_path)
    assert len(recorded) == len(cities)
    assert {each["state"] for each in recorded} == {"ended"}
    for log in ("0", "1"):
        assert intaglio.verify(store / log).is_faultless
    assert "Clean" in command("verify", "service-audit", cwd=tmp_path)


def ask(url: str) -> dict[str, str] | None:
    """What the service answers; None while it does not listen yet."""
    try:
        with urllib.request.urlopen(url, timeout=GUARD_SECONDS) as answer:
            found: dict[str, str] = json.load(answer)
            return found
    except OSError:
        time.sleep(0.1)
        return None
