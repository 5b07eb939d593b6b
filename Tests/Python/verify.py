#!/usr/bin/env python3
"""Verify an Intaglio log: written from the page "The file format, version 1" alone, in its order.

    python3 verify.py DIRECTORY [--head SEQUENCE:CHAIN ...]

Prints one line of JSON. Exits 0: clean or empty and nothing to report; 1: damage or a finding;
3: unsupported, unreadable or no log; 4: torn tail and nothing else."""
import argparse
import json
import re
import struct
import sys
from collections import namedtuple
from hashlib import sha256
from pathlib import Path

import states
from payloads import PAYLOADS, is_hex, is_name, read_payload

RAW, LZ4, ERASED, FILLER = 1, 2, 3, 255
COMMIT, SALTED = 1, 2
HEADER = struct.Struct("<8sII16sQQQ8sQ32s3960x")  # reserved bytes ("x") are packed as zeros
FRAME = struct.Struct("<IB3xII8sIIHBB12x32sQQ32s")
SLOT = struct.Struct("<8sII16sQQQQQQ32s16s")
Frame = namedtuple("Frame", "stored encoding unsynced crc context size stream kind flags algorithm "
                            "digest sequence time chain")
Head = namedtuple("Head", "magic version flags log generation epoch written durable segment offset "
                          "chain boot")


class Unsupported(Exception):
    """Something is of a version newer than 1."""


def shifted(register, bits=16):
    for _ in range(bits):
        register = register >> 1 ^ 0x82F63B78 * (register & 1)
    return register


UPPER = [shifted(half) for half in range(1 << 16)]
LOWER = [UPPER[half & 0xFFFF] ^ half >> 16 for half in UPPER]


def crc32c(data):
    """Four bytes at a time: whatever a frame's CRC covers is a multiple of four."""
    register = 0xFFFFFFFF
    for (word,) in struct.iter_unpack("<I", data):
        register ^= word
        register = LOWER[register & 0xFFFF] ^ UPPER[register >> 16]
    return register ^ 0xFFFFFFFF


def decode_lz4(block, size):
    """The content of an LZ4 block; None unless it is exactly `size` bytes."""
    out, at = bytearray(), 0

    def length(nibble, at):
        more = 255 if nibble == 15 else 0
        while more == 255:
            more, at = block[at], at + 1
            nibble += more
        return nibble, at

    try:
        while True:
            token = block[at]
            literals, at = length(token >> 4, at + 1)
            out += block[at:at + literals]
            at += literals
            if at >= len(block):
                return bytes(out) if at == len(block) and len(out) == size else None
            distance = block[at] | block[at + 1] << 8
            count, at = length(token & 15, at + 2)
            if not 0 < distance <= len(out) or len(out) + count + 4 > size:
                return None
            match = out[len(out) - distance:][:count + 4]
            out += (match * (count // len(match) + 5))[:count + 4]
    except IndexError:
        return None


def contents(path):
    return path.read_bytes() if path.exists() else b""


def refuse_newer(magic, data, name):
    if data[:8] == magic and int.from_bytes(data[8:12], "little") > 1:
        raise Unsupported(name)


def read_manifest(raw):
    """The log id; None if the manifest is bad."""
    try:
        fields = json.loads(raw)
        if type(fields["version"]) is int and fields["version"] > 1:
            raise Unsupported("MANIFEST")
        expected = {"format": "intaglio", "id": fields["id"], "origin": fields["origin"],
                    "sealing": False, "version": 1}
        canonical = json.dumps(expected, separators=(",", ":"), ensure_ascii=False).encode()
        if raw == canonical and is_hex(fields["id"], 32) and is_name(fields["origin"]):
            return bytes.fromhex(fields["id"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    return None


def read_head(raw, log, findings):
    """The valid slot with the higher generation, or None."""
    valid = []
    for index in (0, 1):
        slot = raw[index * 4096:][:4096]
        refuse_newer(b"INTAHEAD", slot, "HEAD")
        head = Head(*SLOT.unpack(slot[:128].ljust(128, b"\0")))
        body = SLOT.pack(b"INTAHEAD", 1, head.flags & 1, log, *head[4:])
        whole = (body + sha256(body).digest()).ljust(4096, b"\0")
        if slot == whole and head.generation % 2 == index:
            valid.append(head)
        else:
            findings.append(f"slot {index} of HEAD is not valid")
    if len(raw) > 8192:
        findings.append("HEAD is longer than its two slots")
    return max(valid, key=lambda head: head.generation, default=None)


class Segment:
    def __init__(self, path):
        self.data, self.name = path.read_bytes(), int(path.stem)
        refuse_newer(b"INTAGLIO", self.data, path.name)
        fields = HEADER.unpack(self.data[:4064].ljust(4064, b"\0"))
        self.log, self.number, self.first, self.capacity, self.nonce, _, self.chain = fields[3:]
        self.context = sha256(b"intaglio/v1 log\n" + self.log).digest()[:8]
        self.limit = min(len(self.data), self.capacity)
        body = HEADER.pack(b"INTAGLIO", 1, 4096, self.log, self.number, self.name, *fields[6:])
        self.whole = (self.data[:4096] == body + sha256(body).digest()
                      and self.capacity % 4096 == 0 and self.capacity <= 1 << 34)

    def plausible(self, at):
        """The frame at `at` and its end, if its encoding, reserved bytes and lengths may be so."""
        head = self.data[at:at + 128].ljust(128, b"\0")
        frame = Frame(*FRAME.unpack(head))
        stored, size = frame.stored, frame.size
        if frame.encoding == FILLER:
            end, fits = at + 16 + stored, stored % 8 == 0 and head[5:8] == bytes(3)
        else:
            end = at + 128 + stored + -stored % 8
            fits = head == FRAME.pack(*frame) and size <= (32 << 20) + 16 and (
                {RAW: stored == size, LZ4: stored < size, ERASED: stored == 0}.get(frame.encoding))
        return (frame, end) if fits and end <= self.limit else None

    def read(self, at):
        """The valid frame at `at`, its end and its content, or None. Its place is not judged."""
        frame, end = self.plausible(at) or (None, at)
        body = self.data[at + (16 if frame and frame.encoding == FILLER else 128):end]
        if not frame or frame.crc != crc32c(body + self.data[at:at + 12] + self.nonce):
            return None
        if frame.encoding == FILLER:
            return None if frame.unsynced or any(body) else (frame, end, None)
        if (frame.context != self.context or frame.algorithm != 1 or frame.kind == 0
                or frame.flags > COMMIT | SALTED or frame.flags & SALTED and frame.size < 16
                or any(body[frame.stored:])):
            return None
        if frame.encoding == ERASED:
            return frame, end, None
        content = body[:frame.stored]
        if frame.encoding == LZ4:
            content = decode_lz4(content, frame.size)
        if content is None or sha256(content).digest() != frame.digest:
            return None
        return frame, end, content

    def walk(self, sequence, chain):
        """From the first frame on, as long as they are valid and linked: (frame, end, content)."""
        at, within_batch = 4096, False
        while at + 16 <= self.limit and (found := self.read(at)):
            frame, end, _ = found
            if frame.encoding == FILLER:
                if within_batch:
                    return
            else:
                entry = self.data[at + 16:at + 96]
                chain = sha256(entry[:64] + chain + entry[64:]).digest()
                if frame.sequence != sequence or frame.chain != chain:
                    return
                sequence, within_batch = sequence + 1, not frame.flags & COMMIT
            yield found
            at = end

    def beyond_gap(self, start, count):
        """The valid frames beyond a gap at `start`, after `count` records: the page's search, but
        from the end. `found[at]` is what it finds from `at` on: (frame, found after it)."""
        found = {}
        for at in range(len(self.data[:self.limit].rstrip(b"\0")) // 8 * 8, start - 8, -8):
            found[at] = found.get(at + 8)
            candidate = self.plausible(at) if any(self.data[at + 4:at + 5]) else None
            if candidate:
                frame, end = candidate
                found[at] = found.get(end) or found[at]
                if (frame.encoding != FILLER and frame.context == self.context
                        and count < frame.sequence <= count + (at - start) // 128
                        and self.read(at)):
                    found[at] = frame, found.get(end)
        rest = found.get(start)
        while rest:
            frame, rest = rest
            yield frame


def verify(directory, trusted):
    paths = sorted(path for path in (directory / "segments").glob("*.seg")
                   if re.fullmatch("[0-9]{20}", path.stem))
    if not paths and not (directory / "MANIFEST").exists() and not (directory / "HEAD").exists():
        raise OSError(f"{directory} is not a log")
    segments, findings, manifest = [Segment(p) for p in paths], [], contents(directory / "MANIFEST")
    log = read_manifest(manifest)
    bad_manifest = log is None or any(s.whole and s.log != log for s in segments[:1])
    if segments and (bad_manifest or log is None):
        log = segments[0].log
    log = log or bytes(16)
    head = read_head(contents(directory / "HEAD"), log, findings)

    # V and C. `stop` is where the prefix ends, `damage` the first bytes that should not be there.
    chains = [sha256(b"intaglio/v1 chain\n" + log).digest()]
    records, committed, entered, residues = [], 0, 0, []
    damage, stop = None, {"segment": 0, "offset": 0, "sequence": 0}
    for index, segment in enumerate(segments):
        if not (segment.whole and segment.log == log and committed == len(records)
                and (entered, segment.number) == (index, index)
                and (segment.first, segment.chain) == (len(records), chains[-1])):
            if not residues:
                damage = stop = {"segment": len(records), "offset": 0, "sequence": len(records)}
            residues.append(segment)
            continue
        entered, end, kept = index + 1, 4096, 4096
        for frame, at, content in segment.walk(len(records), chains[-1]):
            if frame.encoding != FILLER:
                place = {"segment": segment.first, "offset": end, "sequence": len(records)}
                records.append((frame, content if frame.kind < 22 else None, place))
                chains.append(frame.chain)
            end = at
            if frame.encoding == FILLER or frame.flags & COMMIT:
                committed, kept = len(records), end
        stop = {"segment": segment.first, "offset": end, "sequence": len(records)}
        if any(segment.data[kept:]):
            residues.append(segment)
            damage = damage or stop
    valid = len(records)

    # P, and the frames beyond a gap.
    later = [s for s in segments[entered:] if s.whole and s.log == log]
    beyond = list(segments[entered - 1].beyond_gap(end, valid)) if entered else []
    beyond += [frame for s in later for frame, _, _ in s.walk(s.first, s.chain)
               if frame.encoding != FILLER]
    heads = [(sequence + 1, chain) for sequence, chain in trusted]
    heads += [(head.durable, head.chain)] if head else []
    proven = max([0] + [count for count, _ in heads] + [segment.first for segment in later]
                 + [frame.sequence - frame.unsynced for frame in beyond + [f for f, *_ in records]
                    if frame.unsynced != 0xFFFFFFFF])

    bad_manifest |= valid > 0 and (records[0][0].kind != 1 or records[0][1] != manifest)
    bad_segment = any(not s.whole or s.log != log or len(s.data) != s.capacity or s.number != index
                      for index, s in enumerate(segments))
    boot = contents(Path("/proc/sys/kernel/random/boot_id")).decode().strip().replace("-", "")
    if any(count <= valid and chain != chains[count] for count, chain in heads):
        verdict = "rewritten"
    elif committed < proven:
        verdict, damage = "corrupt" if residues else "truncated", damage or stop
    elif bad_segment or bad_manifest or any(s is not segments[-1] for s in residues):
        verdict = "corrupt"
    elif residues:
        verdict = "corrupt" if beyond and head and head.boot.hex() == boot else "torn tail"
    else:
        verdict = "clean" if committed else "empty"
    state = audit(directory, records[:committed], findings)
    return {"verdict": verdict, "committedCount": committed, "validCount": valid,
            "provenCount": proven, "chain": chains[committed].hex(), "findings": findings,
            "damage": damage, "state": state}


def audit(directory, records, findings):
    """What an auditor reports besides the verdict: streams, erased frames, quarantine, states.

    Returns where the first record lies that makes a state wrong, or None."""
    streams, strangers, erased, recovered = [], set(), set(), {}
    for sequence, (frame, content, _) in enumerate(records):
        if frame.stream > len(streams) and frame.stream not in strangers:
            strangers.add(frame.stream)
            findings.append(f"record {sequence}: stream {frame.stream} is not declared")
        if frame.encoding == ERASED:
            erased.add(sequence)
        if frame.kind < 16 and frame.stream != 0:
            findings.append(f"record {sequence}: of kind {frame.kind} in stream {frame.stream}")
        if frame.encoding == ERASED or frame.kind not in PAYLOADS or frame.kind >= states.SPACE:
            continue
        fields = read_payload(frame.kind, content[16 if frame.flags & SALTED else 0:])
        if fields is None:
            findings.append(f"record {sequence}: not the payload of its kind")
        elif frame.kind == 3:
            if fields["stream"] != len(streams) + 1 or fields["name"] in streams:
                findings.append(f"record {sequence}: a stream declared out of order, or again")
            else:
                streams.append(fields["name"])
        elif frame.kind == 4:
            recovered["{sequence}-{digest}".format(**fields)] = fields["byteCount"]
        elif frame.kind == 6:
            erased -= {named for named in fields["sequences"] if named < sequence}
    findings += [f"record {sequence}: erased, but no record says so" for sequence in sorted(erased)]
    for name, size in sorted(recovered.items()):
        path = directory / "quarantine" / name
        data = contents(path)
        if not path.exists():
            findings.append(f"quarantine/{name}: missing")
        elif (len(data), sha256(data).hexdigest()) != (size, name.split("-")[1]):
            findings.append(f"quarantine/{name}: altered")
    wrong = list(states.check(records, streams))
    findings += [f"record {sequence}: state: {words}" for sequence, words in wrong]
    return records[wrong[0][0]][2] if wrong else None


def trusted_head(text):
    sequence, chain = text.split(":")
    return int(sequence), bytes.fromhex(chain)


def main():
    parser = argparse.ArgumentParser(description="Verify an Intaglio log.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--head", type=trusted_head, action="append", default=[],
                        metavar="SEQUENCE:CHAIN", help="the chain value of a record, as known")
    arguments = parser.parse_args()
    try:
        result = verify(arguments.directory, arguments.head)
    except Unsupported as newer:
        result = {"verdict": "unsupported", "committedCount": 0, "validCount": 0, "provenCount": 0,
                  "chain": "", "findings": [f"{newer}: of a newer version"], "damage": None,
                  "state": None}
    except OSError as failure:
        print(failure, file=sys.stderr)
        return 3
    print(json.dumps(result))
    if result["findings"] and result["verdict"] != "unsupported":
        return 1
    return {"clean": 0, "empty": 0, "unsupported": 3, "torn tail": 4}.get(result["verdict"], 1)


if __name__ == "__main__":
    sys.exit(main())
