#!/usr/bin/env python3
"""Hold canonical JSON against the package rfc8785: documents and numbers made by dice.

    python3 compare_json.py CANONICALIZER [--cases N] [--seed N]

Each document is written in some spelling; what the canonicalizer makes of it has to be what
rfc8785 makes of the value. Documents that have no canonical form have to be refused."""
import argparse
import json
import math
import random
import struct
import subprocess
import sys
from decimal import Decimal

try:
    import rfc8785
except ImportError:
    sys.exit("compare_json.py needs the package rfc8785: run it by Tests/run, or in a virtual "
             "environment with 'pip install rfc8785==0.1.4'")

EXACT = (1 << 53) - 1
PLANES = ((0, 0x1F), (0x20, 0x7E), (0x20, 0x7E), (0x22, 0x22), (0x5C, 0x5C), (0x7F, 0x7FF),
          (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))


class Dice(random.Random):
    def finite(self):
        while True:
            value, = struct.unpack("<d", self.randbytes(8))
            if math.isfinite(value):
                return value

    def number(self):
        kind = self.randrange(7)
        if kind == 0:
            return self.randrange(-1000, 1000)
        if kind == 1:
            return self.randrange(-EXACT, EXACT + 1) >> self.randrange(53)
        if kind == 2:
            return round(self.uniform(-1000, 1000), self.randrange(8))
        if kind == 3:  # around the places where the form changes
            return self.choice((1e21, 1e-6, 1e-7, 1e15, 1e16, 1e17, 2.0**53, 2.0**54, 1e23)) * (
                1 + self.randrange(-4, 5) * 2.0**-52)
        if kind == 4:
            return float(self.randrange(1 << 70) >> self.randrange(70))
        return self.finite()

    def text(self):
        return "".join(chr(self.randint(*self.choice(PLANES)))
                       for _ in range(self.randrange(self.choice((4, 20, 60)))))

    def value(self, depth=4):
        kind = self.randrange(5 if depth == 0 else 9)
        if kind == 0:
            return self.choice((None, True, False))
        if kind <= 2:
            return self.number()
        if kind <= 4:
            return self.text()
        if kind <= 6:
            return [self.value(depth - 1) for _ in range(self.randrange(6))]
        return {self.text(): self.value(depth - 1) for _ in range(self.randrange(24 >> depth))}


class Speller:
    """Writes a value as one line of JSON, otherwise each time."""

    def __init__(self, dice):
        self.dice = dice

    def space(self):
        return "".join(self.dice.choice(" \t\r") for _ in range(self.dice.choice((0, 0, 0, 1, 2))))

    def text(self, text):
        parts = []
        for character in text:
            if character < " " or character in '"\\' or self.dice.randrange(4) == 0:
                short = json.dumps(character)[1:-1]
                units = character.encode("utf-16-be", "surrogatepass")
                long = "".join("\\u%04x" % unit for unit in
                               struct.unpack(f">{len(units) // 2}H", units))
                if self.dice.random() < 0.5:
                    long = long.upper().replace("\\U", "\\u")
                parts.append(self.dice.choice((short, long)))
            else:
                parts.append(self.dice.choice((character, "\\/")) if character == "/"
                             else character)
        return '"' + "".join(parts) + '"'

    def integer(self, value):
        return self.dice.choice((str(value), str(value), f"{value}.0", f"{value}e0",
                                 f"{value * 100}E-2", f"{value}.000e+0"))

    def real(self, value):
        return self.dice.choice((
            repr(value), repr(value).upper(), "%.17g" % value, "%.19e" % value,
            "%.40e" % value, format(Decimal(value), "f"), str(Decimal(value))))

    def value(self, value):
        return self.space() + self.inner(value) + self.space()

    def inner(self, value):
        if value is None or value is True or value is False:
            return json.dumps(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int):
            return self.integer(value)
        if isinstance(value, float):
            return self.real(value)
        if isinstance(value, list):
            return "[" + (",".join(map(self.value, value)) or self.space()) + "]"
        members = list(value.items())
        self.dice.shuffle(members)
        return "{" + (",".join(self.member(*member) for member in members) or self.space()) + "}"

    def member(self, name, value):
        return self.space() + self.text(name) + self.space() + ":" + self.value(value)


def refused(dice, speller):
    """A text without a canonical form: a part of another document replaced by one that has none."""
    wrong = dice.choice((
        "NaN", "Infinity", "-Infinity", "1e309", "-1e400", "1.7976931348623159e308", '"\\ud800"',
        '"\\udc00\\ud800"', '"\\uD83D x"', '{"a":1,"a":1}', '{"a":1,"b":2,"\\u0061":1}', "01", "+1",
        "[1,]", '"\t"', "1 2"))
    before, after = (speller.value(dice.value()) for _ in range(2))
    return "[" + before + "," + wrong + "," + after + "]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", metavar="CANONICALIZER")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"--seed {arguments.seed}")
    dice = Dice(arguments.seed)
    speller = Speller(dice)
    lines, expected = [], []
    for number in range(arguments.cases):
        if number % 10 == 9:
            lines.append(refused(dice, speller))
            expected.append(None)
        else:
            value = dice.value() if number % 2 else dice.number()
            lines.append(speller.value(value))
            expected.append(rfc8785.dumps(value).decode())
    run = subprocess.run([arguments.binary], input="\n".join(lines).encode() + b"\n",
                         capture_output=True, timeout=600)
    answers = run.stdout.decode().split("\n")[:-1]
    if run.returncode != 0 or len(answers) != len(lines):
        print(f"{len(answers)} answers to {len(lines)} lines, exit {run.returncode}: "
              f"{run.stderr.decode().strip()}")
        return 1
    failed = 0
    for line, answer, value in zip(lines, answers, expected):
        if answer.startswith("!") if value is None else answer == value:
            continue
        failed += 1
        if failed <= 10:
            print(f"of {line[:300]!r}\n  canonicalizer: {answer[:300]!r}"
                  f"\n  rfc8785:       {value and value[:300]!r}")
    print(f"{len(lines) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
