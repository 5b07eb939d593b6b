"""What the log's own records carry as JSON, in the one form of each kind."""
import json
import re


def is_hex(text, digits):
    return re.fullmatch("[0-9a-f]{%d}" % digits, text) is not None


def is_name(text):
    return 1 <= len(text.encode()) <= 255 and not re.search("[\0-\x1f\x7f-\x9f]", text)


def is_component(text):
    return re.fullmatch("[!-~]{1,64}", text) is not None


def is_count(value):
    return type(value) is int and 0 <= value < 1 << 53


def is_list_of_counts(values):
    return type(values) is list and all(map(is_count, values))


def is_text(value, limit=None):
    return type(value) is str and (limit is None or len(value.encode()) <= limit)


def is_time(text):
    return re.fullmatch("0|[1-9][0-9]*", text) is not None and int(text) < 1 << 64


def is_digest(text):
    return is_hex(text, 64)


def is_place(value):
    return (type(value) is dict and value.keys() in ({"distance"}, {"sequence"})
            and all(map(is_count, value.values())))


def are_counts(value):
    return (type(value) is dict and len(value) <= 64 and all(map(is_component, value))
            and all(is_count(count) and count > 0 for count in value.values()))


# By kind, what each member has to be.
PAYLOADS = {
    2: {"epoch": is_count},
    3: {"name": is_name, "stream": lambda number: is_count(number) and 0 < number < 1 << 32},
    4: {"byteCount": is_count, "digest": is_digest, "sequence": is_count},
    5: {"from": is_time, "to": is_time},
    6: {"by": is_text, "reason": is_text, "sequences": is_list_of_counts},
    16: {"salt": lambda text: is_hex(text, 32)},
    20: {"automatic": lambda value: type(value) is bool, "counts": are_counts,
         "label": lambda text: is_text(text, 255), "nodes": is_count,
         "node": lambda value: value is None or is_place(value),
         "previous": lambda value: value is None or is_count(value),
         "root": is_digest, "sequence": is_count},
    21: {"by": lambda text: is_text(text, 255), "checkpoint": is_count, "previous": is_place,
         "reason": lambda text: is_text(text, 4096), "root": is_digest},
}


def read_payload(kind, payload):
    """The members of a record of the log's own; None if it is not in the one form of its kind."""
    try:
        fields = json.loads(payload)
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if canonical.encode() == payload and fields.keys() == PAYLOADS[kind].keys():
            if all(PAYLOADS[kind][name](value) for name, value in fields.items()):
                return fields
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    return None
