#!/usr/bin/env python3
"""Run verify.py over all fixtures and compare with what each expects.

    python3 check_fixtures.py [DIRECTORY]"""
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXITS = {"clean": 0, "empty": 0, "unsupported": 3, "torn tail": 4}


def differences(directory):
    """In words, what verify.py says otherwise than expected.json."""
    expected = json.loads((directory / "expected.json").read_text())
    run = subprocess.run([sys.executable, HERE / "verify.py", directory],
                         capture_output=True, text=True)
    try:
        result = json.loads(run.stdout)
    except ValueError:
        yield f"no result: exit {run.returncode}, {run.stderr.strip()}"
        return
    for key in ("verdict", "committedCount"):
        if result[key] != expected[key]:
            yield f"{key} is {result[key]!r}, expected {expected[key]!r}"
    if result["verdict"] != "unsupported" and bool(result["findings"]) != expected["findings"]:
        yield f"findings are {result['findings']}, expected any: {expected['findings']}"
    what = "state" if expected.get("kind") == "state" else "damage"
    for key in ("segment", "offset", "sequence"):
        if key in expected and (result[what] or {}).get(key) != expected[key]:
            yield f"{what} is wrong at {result[what]}, expected {key} {expected[key]}"
    code = 1 if expected["findings"] else EXITS.get(expected["verdict"], 1)
    if run.returncode != code:
        yield f"exit is {run.returncode}, expected {code}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "fixtures" / "v1"
    directories = sorted(path.parent for path in root.glob("*/expected.json"))
    failed = 0
    for directory in directories:
        words = list(differences(directory))
        failed += bool(words)
        for line in words:
            print(f"{directory.name}: {line}")
    print(f"{len(directories) - failed} passed, {failed} failed")
    return 1 if failed or not directories else 0


if __name__ == "__main__":
    sys.exit(main())
