#!/usr/bin/env python3
"""Hold `intaglio verify` against verify.py: over all fixtures, damaged copies of a new log, and
copies of a fixture whose states lie in a chain that holds.

    python3 compare.py INTAGLIO [--cases N] [--seed N] [--keep DIRECTORY]

Compares verdict, count of committed records and exit code. `--keep` stores the logs on which the
two differ."""
import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import make_fixtures
import verify

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[1] / "fixtures" / "v1"


def judge(*command):
    """What a verifier says: verdict, committed records, exit code."""
    run = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    report = json.loads(run.stdout) if run.stdout.strip() else {}
    return report.get("verdict"), report.get("committedCount"), run.returncode


class Comparison:
    def __init__(self, binary, keep):
        self.binary, self.keep, self.passed, self.failed = binary, keep, 0, 0

    def compare(self, name, directory):
        swift = judge(self.binary, "verify", directory, "--json")
        python = judge(sys.executable, HERE / "verify.py", directory)
        if swift == python:
            self.passed += 1
            return
        self.failed += 1
        print(f"{name}: intaglio says {swift}, verify.py {python}")
        if self.keep:
            shutil.copytree(directory, self.keep / f"{self.failed}", dirs_exist_ok=True)


def record(binary, directory, dice, count):
    """Appends lines in several streams, some of which compress well."""
    lines = []
    for number in range(count):
        text = dice.randbytes(dice.randrange(700)).hex()
        if number % 10 == 0:
            text += "again and " * 150
        lines.append(json.dumps({"number": number, "run": f"run-{number % 3}", "text": text}))
    subprocess.run([binary, "record", directory, "--stream-key", "run"], check=True,
                   input="\n".join(lines), capture_output=True, text=True)


def make(binary, directory, dice):
    """A new log of two segments, and HEAD as it was in between."""
    subprocess.run([binary, "init", directory], check=True, capture_output=True)
    heads = []
    for count in (20, 1, 250, 3, 120, 1):
        record(binary, directory, dice, count)
        heads.append((directory / "HEAD").read_bytes())
    return heads[:-1]


# The damages: each changes the log in `directory`, and says in words what it did.

def evidence(directory):
    return [directory / "MANIFEST", directory / "HEAD", *sorted(directory.glob("segments/*.seg"))]


def place(data, dice):
    """An offset in `data`, seldom one far behind the last byte that is not zero."""
    return dice.randrange(len(data) if dice.random() < 0.1 else len(data.rstrip(b"\0")) + 64)


def flip(directory, dice, heads, other):
    words = []
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        file = dice.choice(evidence(directory))
        data = bytearray(file.read_bytes())
        offset, mask = min(place(data, dice), len(data) - 1), dice.randrange(1, 256)
        data[offset] ^= mask
        file.write_bytes(data)
        words.append(f"{file.name} at {offset} ^ {mask}")
    return ", ".join(words)


def truncate(directory, dice, heads, other):
    file = dice.choice(evidence(directory))
    data = file.read_bytes()
    length = min(place(data, dice), len(data) - 1)
    file.write_bytes(data[:length])
    return f"{file.name} cut to {length}"


def lengthen(directory, dice, heads, other):
    file = dice.choice(evidence(directory))
    tail = dice.choice((b"\0", b"x", bytes(4096)))
    file.write_bytes(file.read_bytes() + tail)
    return f"{file.name} longer by {len(tail)}"


def remove(directory, dice, heads, other):
    files = dice.sample(evidence(directory), dice.choice((1, 1, 2)))
    for file in files:
        file.unlink()
    return f"{', '.join(file.name for file in files)} removed"


def lose_sectors(directory, dice, heads, other):
    file = dice.choice(evidence(directory)[2:])
    data = bytearray(file.read_bytes())
    count = dice.choice((1, 1, 2, 8))
    start = place(data, dice) // 512 * 512
    data[start:start + 512 * count] = bytes(len(data[start:start + 512 * count]))
    file.write_bytes(data)
    return f"{file.name}: {count} sectors of zeros at {start}"


def lose_end(directory, dice, heads, other):
    """As a crash may leave it: zeros from somewhere on, perhaps with whole sectors behind them."""
    file = evidence(directory)[-1]
    data = file.read_bytes()
    start = 4096 + dice.randrange(len(data.rstrip(b"\0")) - 4096)
    end = dice.choice((len(data), start + dice.randrange(4096)))
    file.write_bytes(data[:start] + bytes(end - start) + data[end:])
    return f"{file.name}: zeros from {start} to {end}"


def exchange(directory, dice, heads, other):
    first, second = evidence(directory)[2:4]
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    return f"{first.name} and {second.name} exchanged"


def take_foreign(directory, dice, heads, other):
    index = dice.randrange(min(len(evidence(directory)), len(evidence(other))))
    file = evidence(directory)[index]
    file.write_bytes(evidence(other)[index].read_bytes())
    return f"{file.name} of another log"


DAMAGES = (flip, flip, flip, flip, truncate, truncate, lengthen, remove, lose_sectors, lose_end,
           lose_end, exchange, take_foreign)


def damage(directory, dice, heads, other):
    words = [dice.choice(DAMAGES)(directory, dice, heads, other)]
    head = dice.choice((None, None, "older", "none"))
    if head == "older":
        (directory / "HEAD").write_bytes(dice.choice(heads))
    elif head == "none":
        (directory / "HEAD").unlink(missing_ok=True)
    return "; ".join(words + ([f"HEAD: {head}"] if head else []))


# The lies: records of states say something else, and the chain is made anew.

def read_records(directory):
    """Of a log in `directory`: (frame, content) each."""
    segments = [verify.Segment(path) for path in sorted(directory.glob("segments/*.seg"))]
    return [(frame, content) for segment in segments
            for frame, _, content in segment.walk(segment.first, segment.chain)]


def lie(record, contents, dice):
    """Changes one record of a state, and says how."""
    words = dice.choice(("byte", "byte", "byte", "byte", "other", "kind", "stream", "erased"))
    salt = 16 if record.flags & make_fixtures.SALTED else 0
    if words == "byte" and len(record.content) > salt:
        record.content = bytearray(record.content)
        record.content[dice.randrange(salt, len(record.content))] = dice.randrange(256)
        record.content = bytes(record.content)
    elif words == "other":
        record.content = record.content[:salt] + dice.choice(contents)
    elif words == "kind":
        record.kind = dice.randrange(16, 22)
    elif words == "stream":
        record.stream = dice.randrange(4)
    else:
        record.erased = True
    return words


def forge(directory, original, dice):
    """Writes a copy of `original` in which one or more records lie."""
    records = []
    for frame, content in original:
        record = make_fixtures.Record(content, frame.kind, frame.stream)
        record.flags = frame.flags & make_fixtures.SALTED
        records.append(record)
    states = [number for number, record in enumerate(records) if 16 <= record.kind <= 21]
    words = []
    for number in dice.sample(states, dice.choice((1, 1, 1, 2, 4))):
        words.append(f"{number}: {lie(records[number], [r.content for r in records], dice)}")
    log, batch = make_fixtures.Log(capacity=1 << 18), []
    for record, (frame, _) in zip(records, original):
        batch.append(record)
        if frame.flags & make_fixtures.COMMIT:
            log.batch(*batch)
            batch = []
    for name, data in log.files().items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
    return ", ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", type=Path, metavar="INTAGLIO")
    parser.add_argument("--cases", type=int, default=60, help="how many damaged logs, and lies")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", type=Path, help="where to store logs on which they differ")
    arguments = parser.parse_args()
    print(f"--seed {arguments.seed}")
    dice = random.Random(arguments.seed)
    comparison = Comparison(arguments.binary.resolve(), arguments.keep)
    for directory in sorted(path.parent for path in FIXTURES.glob("*/expected.json")):
        comparison.compare(directory.name, directory)
    with tempfile.TemporaryDirectory() as root:
        log, other, damaged = (Path(root) / name for name in ("log", "other", "damaged"))
        heads = make(comparison.binary, log, dice)
        make(comparison.binary, other, dice)
        comparison.compare("undamaged", log)
        for number in range(arguments.cases):
            shutil.copytree(log, damaged)
            words = damage(damaged, dice, heads, other)
            comparison.compare(f"case {number}, {words}", damaged)
            shutil.rmtree(damaged)
        original = read_records(FIXTURES / "state-clean")
        for number in range(arguments.cases):
            words = forge(damaged, original, dice)
            comparison.compare(f"lie {number}, {words}", damaged)
            shutil.rmtree(damaged)
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
