"""Check the states of a log: written from the sections "State" and "State tree" of the page alone.

Every root is built from nothing out of all entries, whatever nodes the log has; then the nodes are
read from the root down, and have to hold the same entries."""
import struct
from hashlib import sha256

from payloads import is_component, read_payload

ERASED, COMMIT, SALTED = 3, 1, 2
SPACE, VALUE, CHANGED, NODE, CHECKPOINT, ROLLBACK = range(16, 22)
RELATIVE = 1 << 63
EMPTY = "9f14484a85b4149242790ee4561ea973f25f14616e053cb47f486409d4d184cd"


class Defect(Exception):
    """What is wrong, and the sequence of the record with which it is."""


def take(data, at, layout):
    """The integers at `at`, and where they end."""
    end = at + struct.calcsize(layout)
    if end > len(data):
        raise ValueError("it ends too soon")
    return (*struct.unpack(layout, data[at:end]), end)


# A tree out of entries. An item is (component, key, measure, id): measure is the byte count of a
# value, or the count of entries of a subtree.

def encoded(level, item):
    component, key, measure, identity = item
    layout = "<BHI" if level == 0 else "<BHQ"
    return struct.pack(layout, len(component), len(key), measure) + component + key + identity


def node_id(identity_part):
    return sha256(b"intaglio/v1 node\n" + identity_part).digest()


def cut(items, level, salt):
    """The items of each node of a level, from the left."""
    start = 0
    while start < len(items):
        size, best, end = 0, -1, len(items)
        for at in range(start, len(items)):
            component, key = items[at][:2]
            size += len(encoded(level, items[at]))
            if size > 6144:
                break
            if size >= 2048:
                value = sha256(b"intaglio/v1 boundary\n" + salt + bytes([level, len(component)])
                               + component + key).digest()[:8]
                if int.from_bytes(value, "little") > best:
                    best, end = int.from_bytes(value, "little"), at + 1
        else:
            end = len(items)
        yield items[start:end]
        start = end


def root_of(entries, salt):
    """The id of the root of {(component, key): (byte count, value id)}."""
    items = [(*key, *value) for key, value in sorted(entries.items())]
    for level in range(64):
        nodes = list(cut(items, level, salt)) or [[]]
        ids = [node_id(struct.pack("<B3xI", level, len(node))
                       + b"".join(encoded(level, item) for item in node)) for node in nodes]
        if len(nodes) == 1:
            return ids[0].hex()
        items = [(*node[0][:2], len(node) if level == 0 else sum(item[2] for item in node), name)
                 for node, name in zip(nodes, ids)]


def parse_node(payload, sequence):
    """Id, level and items of a node, each item with its place."""
    level, count, at = take(payload, 0, "<B3xI")
    items, places = [], []
    for _ in range(count):
        a, b, measure, at = take(payload, at, "<BHI" if level == 0 else "<BHQ")
        items.append((payload[at:at + a], payload[at + a:at + a + b], measure,
                      payload[at + a + b:at + a + b + 32]))
        at += a + b + 32
    identity_part = payload[:at]
    for _ in range(count):
        place, at = take(payload, at, "<Q")
        places.append(sequence - (place ^ RELATIVE) if place & RELATIVE else place)
    if at != len(payload) or payload[1:4] != bytes(3):
        raise ValueError("it is no node")
    return node_id(identity_part), level, list(zip(items, places))


def parse_changes(payload, sequence):
    """{(component, key): (byte count, value id, place), or None if it was removed}."""
    count, at = take(payload, 0, "<I")
    changes, last = {}, ()
    for _ in range(count):
        operation, a, b, size, at = take(payload, at, "<BBHI")
        component, key = payload[at:at + a], payload[at + a:at + a + b]
        at += a + b
        if not (last < (component, key) and is_component(component.decode())
                and 1 <= len(key) == b <= 1024):
            raise ValueError("keys")
        last = component, key
        if operation == 2 and size == 0:
            changes[last] = None
        elif operation == 1 and size <= 16 << 20:
            name, place, at = take(payload, at, "<32sQ")
            if place & RELATIVE:
                place = sequence - (place ^ RELATIVE)
            changes[last] = size, name, place
        else:
            raise ValueError("an operation")
    if at != len(payload) or not changes:
        raise ValueError("counts")
    return changes


class Space:
    """One space, followed up to the first thing that is wrong with it."""

    def __init__(self, records, stream):
        self.records, self.stream, self.salt = records, stream, None
        self.entries, self.changed, self.checkpoints = {}, False, {}
        self.version = self.newest = self.nodes = None

    def take(self, sequence):
        frame = self.records[sequence][0]
        if frame.kind == NODE and self.salt:
            self.nodes = self.nodes or []
            if self.nodes and self.nodes[-1] != sequence - 1:
                raise Defect(self.nodes[0], "nodes without a checkpoint")
            self.nodes.append(sequence)
            return
        if self.nodes and frame.kind != CHECKPOINT:
            raise Defect(self.nodes[0], "nodes without a checkpoint")
        if (frame.kind == SPACE) == (self.salt is not None):
            raise Defect(sequence, "state.space comes first, and once")
        if frame.kind == VALUE:
            return
        if frame.encoding == ERASED:
            raise Defect(sequence, "only values may be erased")
        payload = self.payload(sequence)
        if frame.kind == CHANGED:
            return self.change(sequence, payload)
        fields = read_payload(frame.kind, payload)
        if fields is None:
            raise Defect(sequence, "not the payload of its kind")
        if frame.kind == SPACE:
            self.salt, self.version = bytes.fromhex(fields["salt"]), sequence
        elif frame.kind == CHECKPOINT:
            self.checkpoint(sequence, fields)
        else:
            self.roll_back(sequence, fields)

    def payload(self, sequence):
        frame, content = self.records[sequence][:2]
        return content[16 if frame.flags & SALTED else 0:]

    def is_ours(self, place, kind, before):
        return (0 <= place < before and self.records[place][0].kind == kind
                and self.records[place][0].stream == self.stream)

    def check_value(self, sequence, size, name, place):
        """Whether the record at `place` is the value that the record `sequence` names."""
        if not self.is_ours(place, VALUE, sequence):
            raise Defect(sequence, f"record {place} is no value of the space")
        frame = self.records[place][0]
        if frame.size - (16 if frame.flags & SALTED else 0) != size:
            raise Defect(sequence, f"the value in record {place} has another length")
        value = b"intaglio/v1 value\n" + self.salt
        if frame.encoding != ERASED and sha256(value + self.payload(place)).digest() != name:
            raise Defect(sequence, f"the value in record {place} has another id")

    def change(self, sequence, payload):
        try:
            changes = parse_changes(payload, sequence)
        except ValueError:
            raise Defect(sequence, "not the payload of its kind") from None
        for key, change in changes.items():
            if change is None:
                self.entries.pop(key, None)
            else:
                self.check_value(sequence, *change)
                self.entries[key] = change[:2]
        self.version, self.changed = sequence, True

    def checkpoint(self, sequence, fields):
        root, node, run = fields["root"], fields["node"], self.nodes or []

        def expect(is_so, words):
            if not is_so:
                raise Defect(sequence, words)

        expect(root == root_of(self.entries, self.salt), "a root that the changes do not make")
        expect(fields["nodes"] == len(run), "the count of nodes")
        expect(not run or run[-1] == sequence - 1, "nodes that are not right before it")
        expect(not any(self.records[n][0].flags & COMMIT for n in run), "nodes of another batch")
        expect(fields["sequence"] == self.version, "the version")
        expect(fields["previous"] == self.newest, "the checkpoint before it")
        present = [component.decode() for component, _ in self.entries]
        counts = {name: present.count(name) for name in set(present)}
        expect(fields["counts"] == counts, "the counts")
        expect((node is None) == (root == EMPTY), "the place of the root")
        reached = set()
        if node:
            place = node.get("sequence", sequence - node.get("distance", 0))
            expect(self.read_tree(sequence, place, bytes.fromhex(root), reached) == self.entries,
                   "the nodes do not hold the entries")
        for stray in run:
            if stray not in reached:
                raise Defect(stray, "a node that the root does not reach")
        self.checkpoints[sequence] = dict(self.entries), root
        self.newest, self.nodes, self.changed = sequence, None, False

    def read_tree(self, sequence, place, name, reached):
        """The entries below a node that the record `sequence` names."""
        if not self.is_ours(place, NODE, sequence):
            raise Defect(sequence, f"record {place} is no node of the space before it")
        reached.add(place)
        try:
            if self.records[place][0].encoding == ERASED:
                raise ValueError("it is erased")
            found, level, items = parse_node(self.payload(place), place)
        except ValueError:
            raise Defect(place, "not the payload of its kind") from None
        if found != name:
            raise Defect(place, "not the node by the id of which it is named")
        entries = {}
        for (component, key, measure, item_id), item_place in items:
            if level == 0:
                self.check_value(place, measure, item_id, item_place)
                entries[component, key] = measure, item_id
            else:
                entries.update(self.read_tree(place, item_place, item_id, reached))
        return entries

    def roll_back(self, sequence, fields):
        checkpoint, previous = fields["checkpoint"], fields["previous"]
        previous = previous.get("sequence", sequence - previous.get("distance", 0))
        if not self.is_ours(checkpoint, CHECKPOINT, sequence):
            raise Defect(sequence, f"record {checkpoint} is no checkpoint of the space before it")
        entries, root = self.checkpoints[checkpoint]
        if fields["root"] != root:
            raise Defect(sequence, "a root that is not that of the checkpoint")
        if previous != self.newest or self.changed:
            raise Defect(sequence, "not the newest checkpoint, or changes after it")
        self.entries, self.version = dict(entries), sequence


def check(records, streams):
    """What is wrong with the states in `records`, (frame, content, ...) each: (sequence, words).

    Of each space, the first thing. `streams` has the names of the streams from 1 on."""
    spaces = {number: Space(records, number) for number, name in enumerate(streams, 1)
              if name.startswith("state/") and name != "state/"}
    abandoned = set()
    for sequence, (frame, *_) in enumerate(records):
        if not SPACE <= frame.kind <= ROLLBACK or frame.stream in abandoned:
            continue
        if frame.stream not in spaces:
            yield sequence, "a record of a state in a stream that is no space"
            continue
        try:
            spaces[frame.stream].take(sequence)
        except Defect as defect:
            abandoned.add(frame.stream)
            yield defect.args
    for number, space in spaces.items():
        if space.nodes and number not in abandoned:
            yield space.nodes[0], "nodes without a checkpoint"
