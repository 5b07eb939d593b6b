#!/usr/bin/env python3
"""Write the fixture logs: a writer from the page "The file format, version 1" alone.

    python3 make_fixtures.py DIRECTORY

Deterministic: the same bytes at every run. Shares no code with verify.py, so that a mistake in
one of them shows. Each fixture is a log directory with an `expected.json` in it."""
import json
import struct
import sys
from hashlib import sha256
from pathlib import Path

RAW, LZ4, ERASED, FILLER = 1, 2, 3, 255
COMMIT, SALTED = 1, 2
LOG, OTHER_LOG = bytes.fromhex("00112233445566778899aabbccddeeff"), bytes(range(0xA0, 0xB0))
BOOT = b"no boot of yours"
EVENT, NOTE = 256, 257


def digest(*parts):
    return sha256(b"".join(parts)).digest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def crc32c(data):
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def encode_lz4(content):
    """A greedy LZ4 block: the last match starts 12 bytes before the end, 5 literals end it."""
    out, at, anchor, seen = bytearray(), 0, 0, {}

    def more(number):
        return bytes([255] * ((number - 15) // 255) + [(number - 15) % 255] if number >= 15 else [])

    def put(literals, distance=0, count=4):
        out.append(min(len(literals), 15) << 4 | min(count - 4, 15))
        out.extend(more(len(literals)) + literals)
        if distance:
            out.extend(struct.pack("<H", distance) + more(count - 4))

    while at <= len(content) - 12:
        before = seen.get(content[at:at + 4], -65536)
        seen[content[at:at + 4]] = at
        if at - before > 65535:
            at += 1
            continue
        count = 4
        while at + count < len(content) - 5 and content[before + count] == content[at + count]:
            count += 1
        put(content[anchor:at], at - before, count)
        at = anchor = at + count
    put(content[anchor:])
    return bytes(out)


def frame(chained, stored, encoding, unsynced, nonce):
    """A frame from its bytes 16 to 127 and what is stored; so a frame can be encoded again."""
    start = struct.pack("<IB3xI", len(stored), encoding, unsynced)
    body = stored + bytes(-len(stored) % 8)
    return start + struct.pack("<I", crc32c(body + start + nonce)) + chained + body


class Record:
    erased = False

    def __init__(self, payload, kind=EVENT, stream=1, salt=b"", lz4=False):
        if not isinstance(payload, bytes):
            payload = canonical(payload)
        self.content, self.kind, self.stream = salt + payload, kind, stream
        self.flags, self.lz4 = SALTED if salt else 0, lz4


class Segment:
    def __init__(self, number, first, chain):
        self.number, self.first, self.chain = number, first, chain
        self.revision, self.version, self.log = 0, 1, None
        self.nonce = digest(b"nonce", bytes([number]))[:8]
        self.frames = []        # bytes of each, records and fillers
        self.after = b""        # what stands after the frames
        self.sequences = []     # of each of the frames, None for a filler

    def at(self, sequence):
        """Where a record's frame begins."""
        return 4096 + sum(map(len, self.frames[:self.index(sequence)]))

    def index(self, sequence):
        return self.sequences.index(sequence)

    def end(self):
        return 4096 + sum(map(len, self.frames))


class Log:
    def __init__(self, log=LOG, origin="example.com/fixture", capacity=8192):
        self.log, self.capacity, self.epoch, self.flags = log, capacity, 0, 1
        self.manifest = canonical({"format": "intaglio", "id": log.hex(), "origin": origin,
                                   "sealing": False, "version": 1})
        self.chain = digest(b"intaglio/v1 chain\n", log)
        self.context = digest(b"intaglio/v1 log\n", log)[:8]
        self.count, self.segments, self.extra = 0, [Segment(0, 0, self.chain)], {}
        self.before_head = None
        self.sync()

    def sync(self):
        """Everything so far is durable: what HEAD says."""
        last = self.segments[-1]
        self.durable, self.durable_chain = self.count, self.chain
        self.durable_place = (last.first, last.end())
        self.before_head = self.before_head or self.slot(0)

    def room(self):
        return self.capacity - self.segments[-1].end()

    def roll(self):
        self.segments.append(Segment(len(self.segments), self.count, self.chain))

    def batch(self, *records, synced=True):
        """One batch; into a new segment if it does not fit."""
        frames = self.frames(records)
        if sum(map(len, frames)) > self.room():
            self.roll()
            frames = self.frames(records)
        last = self.segments[-1]
        last.frames += frames
        last.sequences += range(self.count, self.count + len(records))
        self.count, self.chain = self.count + len(records), frames[-1][96:128]
        if synced:
            self.sync()

    def frames(self, records):
        chain, frames = self.chain, []
        for number, record in enumerate(records):
            sequence, nonce = self.count + number, self.segments[-1].nonce
            flags = record.flags | (COMMIT if number == len(records) - 1 else 0)
            entry = struct.pack("<8sIIHBB12x32s", self.context, len(record.content), record.stream,
                                record.kind, flags, 1, digest(record.content))
            place = struct.pack("<QQ", sequence, 1732000000_000000000 + sequence * 1_000_000_007)
            chain = digest(entry, chain, place)
            stored = encode_lz4(record.content) if record.lz4 else record.content
            assert not record.lz4 or len(stored) < len(record.content)
            encoding = ERASED if record.erased else LZ4 if record.lz4 else RAW
            frames.append(frame(entry + place + chain, b"" if record.erased else stored, encoding,
                                sequence - self.durable, nonce))
        return frames

    def filler(self, count):
        last = self.segments[-1]
        start = struct.pack("<IB3xI", count, FILLER, 0)
        crc = struct.pack("<I", crc32c(bytes(count) + start + last.nonce))
        last.frames.append(start + crc + bytes(count))
        last.sequences.append(None)

    def open(self, *before):
        self.epoch += 1
        self.batch(*before, Record({"epoch": self.epoch}, kind=2, stream=0))

    def begin(self):
        self.batch(Record(self.manifest, kind=1, stream=0))
        self.open()
        self.declare("run-1", 1)
        return self

    def declare(self, name, stream):
        self.batch(Record({"name": name, "stream": stream}, kind=3, stream=0))

    def fill(self, left=0):
        """One record that leaves so many bytes in the segment."""
        self.batch(Record(text("last of its segment", self.room() - left - 128)))

    def slot(self, generation):
        body = struct.pack("<8sII16sQQQQQQ32s16s", b"INTAHEAD", 1, self.flags if generation else 0,
                           self.log, generation, self.epoch, self.durable, self.durable,
                           *self.durable_place, self.durable_chain, BOOT)
        return (body + digest(body)).ljust(4096, b"\0")

    def head(self):
        return self.before_head + self.slot(7)

    def files(self):
        files = {"MANIFEST": self.manifest, "HEAD": self.head()}
        for segment in self.segments:
            header = struct.pack("<8sII16sQQQ8sQ32s3960x", b"INTAGLIO", segment.version, 4096,
                                 segment.log or self.log, segment.number, segment.first,
                                 self.capacity, segment.nonce, segment.revision, segment.chain)
            data = header + digest(header) + b"".join(segment.frames) + segment.after
            assert len(data) <= self.capacity
            files[f"segments/{segment.first:020}.seg"] = data.ljust(self.capacity, b"\0")
        return {**files, **self.extra}


def text(words, count):
    return (words.encode() + b". " * count)[:count]


def story(log=LOG, left=(0, 8), changed=None):
    """Three segments; records alone and in batches of three; two full segments, with `left` bytes
    left. `changed` is a record that says something else."""
    writer = Log(log).begin()

    def event(ahead=0):
        sequence = writer.count + ahead
        words = f"event {sequence}" if sequence != changed else f"evend {sequence}"
        return Record(text(words, sequence * 13 % 60 + 20))

    for segment in range(3):
        for number in range(8):
            if number % 3 == 1:
                writer.batch(event(), event(1), event(2))
            elif segment or number:
                writer.batch(event())
        if segment < 2:
            writer.fill(left[segment])
            writer.roll()
    return writer


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1:]


# The fixtures: each gives the log and what is expected: verdict, count, finding, place of damage.

FIXTURES = {}


def fixture(function):
    FIXTURES[function.__name__.replace("_", "-")] = function
    return function


def place(segment, sequence, kind, offset=None):
    return {"segment": segment.first, "sequence": sequence, "kind": kind,
            "offset": segment.at(sequence) if offset is None else offset}


def alone(segment, after=2):
    """A record in the middle of a segment, in a batch of its own, between others such."""
    single = [s for s, f in zip(segment.sequences, segment.frames) if f[34] & COMMIT]
    return next(s for s in single[after:] if {s - 1, s + 1} <= set(single))


@fixture
def clean_three_segments():
    """Batches of one and three; the first segment is full, the second has 8 bytes left. A file
    `segments/next` with a beginning of nonsense is no evidence."""
    log = story()
    log.extra["segments/next"] = b"INTAGLIO, but not yet"
    return log, "clean", log.count


@fixture
def clean_empty():
    """Manifest, HEAD and one segment without a frame."""
    return Log(), "empty", 0


@fixture
def clean_lz4():
    """Three frames in lz4: runs that overlap themselves, long literals, long matches."""
    log = Log().begin()
    log.batch(Record(b"a" * 600, lz4=True))
    noise = b"".join(digest(bytes([n])) for n in range(10))
    log.batch(Record(noise + noise + b"the end of the noise", lz4=True),
              Record(text("to be, or not to be, that is to be or not to be", 300), lz4=True))
    return log, "clean", log.count


@fixture
def clean_salted():
    """Salted records: raw, with an empty payload, and in lz4."""
    log = Log().begin()
    for payload, lz4 in ((b"secret", False), (b"", False), (b"secret " * 40, True)):
        salt = digest(b"salt", bytes([log.count]))[:16]
        log.batch(Record(payload, salt=salt, lz4=lz4))
    return log, "clean", log.count


@fixture
def clean_with_filler():
    """Fillers between batches and first in a segment; one of them stores no zeros, and two of them
    follow each other. Records follow every one."""
    log = Log()
    log.filler(40)
    log.begin()
    log.filler(0)
    log.batch(Record(b"after a filler of 16 bytes"), Record(b"and its companion"))
    log.filler(8)
    log.filler(512)
    log.batch(Record(b"after two fillers"))
    log.roll()
    log.filler(1000)
    log.batch(Record(b"after a filler that is first in its segment"))
    return log, "clean", log.count


def with_erased(named):
    log = story(left=(0, 400))
    segment, victims = log.segments[1], [log.segments[1].first + 2, log.segments[1].first + 5]
    if named:
        log.batch(Record({"by": "a person", "reason": "asked for", "sequences": victims}, 6, 0))
    segment.revision, segment.nonce, old = 1, digest(b"another nonce")[:8], segment.frames
    segment.frames = []
    for sequence, data in zip(segment.sequences, old):
        stored = int.from_bytes(data[:4], "little")
        unsynced = int.from_bytes(data[8:12], "little")
        kept = (b"", ERASED) if sequence in victims else (data[128:128 + stored], RAW)
        segment.frames.append(frame(data[16:128], *kept, unsynced, segment.nonce))
    return log


@fixture
def clean_erased():
    """Two records of the second segment, which is written anew (revision 1), are erased; a record
    names them."""
    log = with_erased(named=True)
    return log, "clean", log.count


@fixture
def erased_without_record():
    """As `clean-erased`, but no record names the erased ones."""
    log = with_erased(named=False)
    return log, "clean", log.count, True


def recovered():
    log = Log().begin()
    log.batch(Record(b"kept"))
    residue = log.frames([Record(b"this was never all written")])[0][:150]
    name = sha256(residue).hexdigest()
    log.extra[f"quarantine/{log.count}-{name}"] = residue
    log.open(Record({"byteCount": len(residue), "digest": name, "sequence": log.count}, 4, 0))
    log.batch(Record(b"and on"))
    return log


@fixture
def clean_after_recovery():
    """A torn tail was mended: a file in quarantine, named by `log.recovered`. An unfinished `.tmp`
    beside it is no evidence."""
    log = recovered()
    log.extra["quarantine/3-unfinished.tmp"] = b"an unfinished file"
    return log, "clean", log.count


@fixture
def quarantine_file_altered():
    """As `clean-after-recovery`, with a bit of the file in quarantine flipped."""
    log = recovered()
    log.extra = {name: flip(data, 99) for name, data in log.extra.items()}
    return log, "clean", log.count, True


@fixture
def stream_not_declared():
    """A record in stream 2, where only 1 is declared."""
    log = Log().begin()
    log.batch(Record(b"fine"))
    log.batch(Record(b"from nowhere", stream=2))
    return log, "clean", log.count, True


@fixture
def head_both_slots_invalid():
    """A bit flipped in each slot of HEAD."""
    log = Log().begin()
    log.batch(Record(b"no HEAD says that this is here"))
    log.extra["HEAD"] = flip(flip(log.head(), 60), 4096 + 60)
    return log, "clean", log.count, True


def unfinished():
    log = story()
    log.flags = 0
    return log


@fixture
def torn_tail():
    """The last frame, not yet durable, has lost its second half."""
    log = unfinished()
    log.batch(Record(text("half of this is gone", 300)), synced=False)
    frames = log.segments[-1].frames
    frames[-1] = frames[-1][:200] + bytes(len(frames[-1]) - 200)
    return log, "torn tail", log.count - 1


@fixture
def torn_batch():
    """Two valid frames of a batch of three; its last, with the commit, is not there."""
    log = unfinished()
    log.batch(Record(b"one"), Record(b"two"), Record(b"three"), synced=False)
    log.segments[-1].frames.pop()
    return log, "torn tail", log.count - 3


@fixture
def torn_tail_with_later_frame():
    """Three batches after the last sync: the first never reached the disk (zeros), the others are
    whole. They prove nothing durable, and HEAD names another boot."""
    log = unfinished()
    for words in (b"never on the disk", b"written ahead of it", b"and another"):
        log.batch(Record(words), synced=False)
    frames = log.segments[-1].frames
    frames[-3] = bytes(len(frames[-3]))
    return log, "torn tail", log.count - 3


def in_batch(segment):
    """The second record of a batch of three."""
    open_ones = [s for s, f in zip(segment.sequences, segment.frames) if not f[34] & COMMIT]
    return open_ones[1]


@fixture
def corrupt_payload_flipped():
    """A bit of a payload, in the middle segment."""
    log = story()
    segment = log.segments[1]
    victim = alone(segment)
    segment.frames[segment.index(victim)] = flip(segment.frames[segment.index(victim)], 133)
    return log, "corrupt", victim, False, place(segment, victim, "payload")


@fixture
def corrupt_chain_value():
    """A bit of a chain value, within a batch of three: the count goes back to before the batch."""
    log = story()
    segment = log.segments[0]
    victim = in_batch(segment)
    segment.frames[segment.index(victim)] = flip(segment.frames[segment.index(victim)], 100)
    return log, "corrupt", victim - 1, False, place(segment, victim, "chain")


@fixture
def corrupt_record_removed():
    """A record is cut out, those after it moved down."""
    log = story()
    segment = log.segments[1]
    victim = alone(segment)
    where = place(segment, victim, "missing")
    del segment.frames[segment.index(victim)]
    return log, "corrupt", victim, False, where


@fixture
def corrupt_records_swapped():
    """Two neighbours have changed places."""
    log = story()
    segment = log.segments[1]
    victim = alone(segment)
    index = segment.index(victim)
    frames = segment.frames
    frames[index], frames[index + 1] = frames[index + 1], frames[index]
    return log, "corrupt", victim, False, place(segment, victim, "reordered")


@fixture
def corrupt_record_duplicated():
    """A record stands twice, those after it moved up."""
    log = story()
    segment = log.segments[2]
    victim = alone(segment)
    where = place(segment, victim + 1, "duplicated")
    segment.frames.insert(segment.index(victim), segment.frames[segment.index(victim)])
    return log, "corrupt", victim + 1, False, where


@fixture
def corrupt_segment_missing():
    """The middle one of three segments is not there."""
    log = story()
    gone = log.segments.pop(1)
    return log, "corrupt", gone.first, False, place(gone, gone.first, "missing", 0)


@fixture
def corrupt_segment_of_another_log():
    """The middle segment is that of another log of the same shape."""
    log, other = story(), story(OTHER_LOG)
    gone, log.segments[1] = log.segments[1], other.segments[1]
    log.segments[1].log = OTHER_LOG
    return log, "corrupt", gone.first, False, place(gone, gone.first, "otherLog", 0)


@fixture
def corrupt_residue_in_sealed_segment():
    """Nonsense after the last frame of the second segment of three. All records are there."""
    log = story(left=(0, 64))
    segment = log.segments[1]
    segment.after = b"not a frame, and not zeros"
    where = place(segment, log.segments[2].first, "storage", segment.end())
    return log, "corrupt", log.count, False, where


@fixture
def corrupt_manifest_changed():
    """`MANIFEST` names another origin than record 0."""
    log = story()
    log.extra["MANIFEST"] = log.manifest.replace(b"example.com", b"example.org")
    return log, "corrupt", log.count


@fixture
def truncated_tail_zeroed():
    """The last four records, which HEAD calls durable, are zeros."""
    log = story()
    segment = log.segments[2]
    first = log.count - 4
    where = place(segment, first, "missing")
    segment.frames = segment.frames[:segment.index(first)]
    return log, "truncated", first, False, where


@fixture
def rewritten_chain():
    """A payload was changed and all after it computed anew; HEAD names the old chain."""
    old = story()
    log = story(changed=alone(old.segments[1]))
    log.extra["HEAD"] = old.head()
    return log, "rewritten", log.count


@fixture
def unsupported_version():
    """The last segment is of version 2."""
    log = story()
    log.segments[2].version = 2
    return log, "unsupported", 0


# States: as the sections "State" and "State tree" have them.

VALUE, CHANGED, NODE, CHECKPOINT, ROLLBACK = range(17, 22)
HERE = 1 << 63


def packed(payload, kind, stream, salt=b""):
    """A record in lz4 if that is shorter."""
    record = Record(payload, kind, stream, salt)
    record.lz4 = len(encode_lz4(record.content)) < len(record.content)
    return record


def cut(items, sizes, values):
    """The nodes of a level: the items, their byte counts, their boundary values."""
    nodes = []
    while sum(sizes) > 6144:
        ends = [sum(sizes[:count]) for count in range(1, len(items) + 1)]
        choice = [count for count, end in enumerate(ends, 1) if 2048 <= end <= 6144]
        count = max(choice, key=lambda count: (values[count - 1], -count))
        nodes.append(items[:count])
        items, sizes, values = items[count:], sizes[count:], values[count:]
    return nodes + [items]


class Space:
    """A state space as it is written; a lie goes into the log and not into what is known here."""

    def __init__(self, log, name, stream):
        self.log, self.stream, self.salt = log, stream, digest(b"salt of", name.encode())[:16]
        self.entries, self.values, self.nodes, self.checkpoints = {}, {}, {}, {}
        self.newest, self.changed = None, False
        log.declare("state/" + name, stream)
        self.append(Record({"salt": self.salt.hex()}, 16, stream))

    def append(self, *records):
        self.log.batch(*records)
        self.version = self.log.count - 1

    def set(self, changes, lie=lambda records: records):
        """Changes keys: to bytes, to what the record of that sequence holds, or None: removed."""
        new = [value for value in changes.values() if isinstance(value, bytes)]
        here = self.log.count + len(new)
        records, lines = [], struct.pack("<I", len(changes))
        for key, value in sorted(changes.items()):
            self.changed = True
            head = struct.pack("<BH", *map(len, key))
            if value is None:
                lines += b"\2" + head + bytes(4) + b"".join(key)
                del self.entries[key]
                continue
            place = value
            if isinstance(value, bytes):
                place = self.log.count + len(records)
                records.append(packed(value, VALUE, self.stream, digest(b"salt", value)[:16]))
                self.values[place] = value
            value = self.values[place]
            name = digest(b"intaglio/v1 value\n", self.salt, value)
            self.entries[key] = len(value), name, place
            if place >= here - len(new):
                place = HERE | here - place
            lines += (b"\1" + head + struct.pack("<I", len(value)) + b"".join(key) + name
                      + struct.pack("<Q", place))
        self.append(*lie(records + [packed(lines, CHANGED, self.stream)]))

    def tree(self):
        """Records of the nodes that are not in the log yet, the root's id and its place."""
        items = [(*key, *rest) for key, rest in sorted(self.entries.items())]
        records, level = [], 0
        while items:
            heads = [struct.pack("<BHI" if level == 0 else "<BHQ", len(a), len(b), measure) + a + b
                     for a, b, measure, _, _ in items]
            values = [int.from_bytes(digest(b"intaglio/v1 boundary\n", self.salt,
                                            bytes([level, len(item[0])]), *item[:2])[:8], "little")
                      for item in items]
            bodies = dict(zip([item[:2] for item in items], heads))
            above = []
            for node in cut(items, [len(head) + 32 for head in heads], values):
                identity = struct.pack("<B3xI", level, len(node)) + b"".join(
                    bodies[item[:2]] + item[3] for item in node)
                name = digest(b"intaglio/v1 node\n", identity)
                if name not in self.nodes:
                    here = self.nodes[name] = self.log.count + len(records)
                    places = [HERE | here - item[4] if item[4] >= self.log.count else item[4]
                              for item in node]
                    records.append(packed(identity + struct.pack(f"<{len(node)}Q", *places), NODE,
                                          self.stream))
                count = sum(item[2] for item in node) if level else len(node)
                above.append((*node[0][:2], count, name, self.nodes[name]))
            if len(above) == 1:
                return records, above[0][3], above[0][4]
            items, level = above, level + 1
        return [], digest(b"intaglio/v1 node\n", bytes(8)), None

    def checkpoint(self, label, *more, automatic=False, lie=lambda nodes: nodes, **lies):
        """A checkpoint, and in the same batch what is to follow; returns its sequence."""
        nodes, root, place = self.tree()
        sequence = self.log.count + len(nodes)
        counts = {}
        for component, _ in self.entries:
            counts[component.decode()] = counts.get(component.decode(), 0) + 1
        node = {"distance": sequence - place} if nodes else place and {"sequence": place}
        payload = {"automatic": automatic, "counts": counts, "label": label, "node": node,
                   "nodes": len(nodes), "previous": self.newest, "root": root.hex(),
                   "sequence": self.version, **lies}
        self.log.batch(*lie(nodes), Record(payload, CHECKPOINT, self.stream), *more)
        self.newest, self.changed = sequence, False
        self.checkpoints[sequence] = dict(self.entries), root.hex()
        return sequence

    def roll_back(self, checkpoint, **lies):
        entries, root = self.checkpoints.get(checkpoint, ({}, None))
        previous = {"distance": 1} if self.changed else {"sequence": self.newest}
        payload = {"by": "ops", "checkpoint": checkpoint, "previous": previous,
                   "reason": "wrong account", "root": root, **lies}
        record = Record(payload, ROLLBACK, self.stream)
        if self.changed:
            self.checkpoint("", record, automatic=True)
        else:
            self.log.batch(record)
        self.entries, self.version = dict(entries), self.log.count - 1


def key(number, component=b"memory"):
    """Long, so that few of them need many nodes."""
    return component, b"key %03d " % number + b"k" * (900 + number)


def spaces():
    """A log with a space of which a checkpoint has several levels of nodes."""
    log = Log(capacity=16384).begin()
    space = Space(log, "main", 2)
    space.set({key(number): b"first %d" % number for number in range(24)})
    space.set({key(number, b"context"): b"" for number in range(4)})
    space.checkpoint("before")
    log.batch(Record(b"something else"))
    space.set({key(3): b"second", key(7): b"second", key(11): None})
    return log, space


def wrong(log, sequence):
    segment = next(s for s in log.segments if sequence in s.sequences)
    return log, "clean", log.count, True, place(segment, sequence, "state")


@fixture
def state_clean():
    """Two spaces: checkpoints over two and three levels of nodes, nodes that are used again, a
    rollback with an automatic checkpoint, a rollback forward, an empty state, a large value in lz4
    that several keys share."""
    log, space = spaces()
    before = space.newest
    space.set({key(number): b"more %d" % number for number in range(24, 52)})
    after = space.checkpoint("after")
    other = Space(log, "other", 3)
    other.checkpoint("nothing yet")
    large = b"to be, or not to be, that is " * 400
    other.set({(b"m", b"a"): large, (b"m", b"b"): b"small", (b"~", b"\0"): b""})
    other.set({(b"m", b"c"): other.entries[b"m", b"a"][2]})
    other.checkpoint("large")
    space.set({key(20): b"third", (b"session", b"id"): b"1"})
    space.roll_back(before)
    space.set({key(11): b"first 11", key(12): b"fourth"})
    space.checkpoint("on from there")
    space.set({key(12): b"first 12"})
    space.checkpoint("as it was before")
    space.roll_back(after)
    space.roll_back(before)
    other.set(dict.fromkeys(other.entries))
    other.checkpoint("empty")
    return log, "clean", log.count


@fixture
def state_value_erased():
    """The content of a value is erased, and a record says so: the state stays what it was."""
    log = Log(capacity=16384).begin()
    space = Space(log, "main", 2)

    def erase(records):
        records[0].erased = True
        return records

    space.set({(b"memory", b"city"): b"Berlin", (b"memory", b"name"): b"Ada"}, lie=erase)
    space.checkpoint("with it")
    log.batch(Record({"by": "a person", "reason": "asked for", "sequences": [space.version - 2]},
                     6, 0))
    return log, "clean", log.count


@fixture
def state_wrong_root():
    """A checkpoint whose root its history does not have."""
    log, space = spaces()
    sequence = space.checkpoint("after", root=digest(b"another root").hex())
    log.batch(Record(b"and on"))
    return wrong(log, sequence)


@fixture
def state_older_root():
    """A checkpoint that has the root, the node and the counts of the one before, as if nothing had
    changed since."""
    log, space = spaces()
    counts, (_, root) = {"context": 4, "memory": 24}, space.checkpoints[space.newest]
    space.checkpoint("after", lie=lambda nodes: [], root=root, nodes=0, counts=counts,
                                node={"sequence": space.newest - 1})
    return wrong(log, log.count - 1)


@fixture
def state_node_altered():
    """A byte of a value id in a new leaf is another: it is not the node by whose id it is named."""
    log, space = spaces()
    first = log.count

    def alter(nodes):
        content = nodes[0].content
        size = 7 + content[8] + int.from_bytes(content[9:11], "little")
        return [packed(flip(content, 8 + size + 3), NODE, 2), *nodes[1:]]

    space.checkpoint("after", lie=alter)
    return wrong(log, first)


@fixture
def state_place_altered():
    """In a new leaf the place of a value is that of another value. Places are no part of ids."""
    log, space = spaces()
    first = log.count
    space.checkpoint("after", lie=lambda nodes: [
        packed(nodes[0].content[:-8] + struct.pack("<Q", 6), NODE, 2), *nodes[1:]])
    return wrong(log, first)


@fixture
def state_node_superfluous():
    """A node before a checkpoint that its root does not reach."""
    log, space = spaces()
    space.checkpoint("after")
    sequence = log.count
    extra = packed(struct.pack("<B3xI", 0, 0), NODE, 2)
    space.checkpoint("again", lie=lambda nodes: [extra], nodes=1)
    return wrong(log, sequence)


@fixture
def state_change_dropped():
    """An event stands where a transaction stood that the next checkpoint has."""
    log, space = spaces()
    space.set({key(1): None}, lie=lambda records: [Record(b"nothing happened", stream=2)])
    return wrong(log, space.checkpoint("after"))


@fixture
def state_value_changed():
    """A value is another than the change that sets it says, of the same length."""
    log, space = spaces()
    space.set({key(1): b"a hundred"}, lie=lambda records: [
        packed(b"1,000,000", VALUE, 2, digest(b"salt")[:16]), records[1]])
    sequence = space.version
    space.checkpoint("after")
    return wrong(log, sequence)


@fixture
def state_counts_wrong():
    """A checkpoint counts an entry too many."""
    log, space = spaces()
    return wrong(log, space.checkpoint("after", counts={"context": 4, "memory": 24}))


@fixture
def state_version_wrong():
    """A checkpoint names an older change than the last as its version."""
    log, space = spaces()
    return wrong(log, space.checkpoint("after", sequence=space.newest - 20))


@fixture
def state_rollback_wrong_root():
    """A rollback whose root is not that of the checkpoint that it names."""
    log, space = spaces()
    before = space.newest
    space.checkpoint("after")
    space.roll_back(before, root=digest(b"another root").hex())
    return wrong(log, log.count - 1)


@fixture
def state_rollback_elsewhere():
    """A rollback to a checkpoint of another space, with the right root of that."""
    log, space = spaces()
    space.checkpoint("after")
    other = Space(log, "other", 3)
    other.set({(b"m", b"a"): b"1"})
    checkpoint = other.checkpoint("not yours")
    space.roll_back(checkpoint, root=other.checkpoints[checkpoint][1])
    return wrong(log, log.count - 1)


@fixture
def state_rollback_uncaught():
    """A rollback while there are changes that no checkpoint has."""
    log, space = spaces()
    space.changed = False
    space.roll_back(space.newest)
    return wrong(log, log.count - 1)


@fixture
def state_space_twice():
    """A second `state.space` in a stream, with another salt."""
    log, space = spaces()
    space.checkpoint("after")
    log.batch(Record({"salt": digest(b"another")[:16].hex()}, 16, 2))
    return wrong(log, log.count - 1)


@fixture
def state_in_plain_stream():
    """A value in the stream of a run."""
    log, space = spaces()
    log.batch(Record(b"a value", VALUE, 1, digest(b"salt")[:16]))
    return wrong(log, log.count - 1)


README = """# Fixture logs, version 1

Each directory is a log, written by `Tests/Python/make_fixtures.py` from the page on the file
format, with `expected.json` beside its `MANIFEST`:

- `verdict` and `committedCount`, as the page says (0 for an unsupported log);
- `findings`: whether an auditor has something to report *besides* the verdict;
- for damage in the frames: `segment` (the first sequence in the file's name, also of a file that
  is missing), `offset` in the file where the valid prefix ends (0 where it is the whole file),
  `sequence` of the record that was to follow there, and `kind` of the damage;
- for a state that is not what its history makes it: `kind` "state", and the same three of the
  record that is reported first.

No file `LOCK`, no sidecars. Capacity 8,192 bytes, of states 16,384. The boot id in HEAD is none of
a running system.

| name | verdict | what is wrong with it, or worth a look |
|---|---|---|
"""


def main(target):
    readme = README
    for name, function in sorted(FIXTURES.items()):
        log, *said = function()
        expected = dict(zip(("verdict", "committedCount", "findings", "damage"), said))
        damage = expected.pop("damage", {})
        expected = {**expected, "findings": expected.get("findings", False), **damage}
        files = {**log.files(), "expected.json": (json.dumps(expected, indent=2) + "\n").encode()}
        for path, data in files.items():
            file = target / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        words = " ".join(function.__doc__.split())
        readme += f"| `{name}` | {expected['verdict']} | {words} |\n"
    (target / "README.md").write_text(readme)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_fixtures.py DIRECTORY")
    main(Path(sys.argv[1]))
