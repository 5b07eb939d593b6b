"""Appends records of 256 bytes for some seconds with one package, and prints what it took.

    peers.py CONTENDER DIRECTORY SECONDS

Every contender is a function that opens a log in a directory and returns a function that appends
one text. The packages are called as their own documentation does, with their defaults.
"""

import hashlib
import json
import os
import sqlite3
import sys
import time


def sqlite3_chain(synchronous):
    """The chain that the C contenders keep: SHA-256(previous, payload), one commit a record."""

    def begin(directory):
        database = sqlite3.connect(os.path.join(directory, "log.db"), isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(f"PRAGMA synchronous={synchronous}")
        database.execute("CREATE TABLE records(seq INTEGER PRIMARY KEY, payload BLOB, chain BLOB)")
        chain = bytes(32)

        def append(text):
            nonlocal chain
            payload = text.encode()
            chain = hashlib.sha256(chain + payload).digest()
            database.execute("INSERT INTO records(payload, chain) VALUES (?, ?)", (payload, chain))

        return append

    return begin


def auditchain(directory):
    from auditchain import JsonlBackend, SyncAuditLog

    log = SyncAuditLog(JsonlBackend(os.path.join(directory, "audit.jsonl")))
    return lambda text: log.append("agent", "tool.end", metadata={"result": text})


def waxseal(directory):
    from waxseal import AuditLog

    log = AuditLog.open(os.path.join(directory, "trail.jsonl"))
    return lambda text: log.append(payload={"result": text}, payload_type="application/vnd.agent.tool+json")


def agentguard(directory):
    from agentguard.audit.logger import AuditLogger

    log = AuditLogger(os.path.join(directory, "agentguard.jsonl"))
    return lambda text: log.append({"event": "tool.end", "result": text})


CONTENDERS = {
    "sqlite3-off": sqlite3_chain("OFF"),
    "sqlite3-full": sqlite3_chain("FULL"),
    "auditchain": auditchain,
    "waxseal": waxseal,
    "agentguard": agentguard,
}


def texts():
    """256 bytes of text, never twice the same."""
    words = "the agent reads each result and decides what to do next while policy limits tools "
    for number in range(sys.maxsize):
        head = f'{{"run":"run-{number % 40}","turn":{number},"type":"tool.end","result":"'
        yield (head + words * 4)[:254] + '"}'


def main():
    contender, directory, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    append = CONTENDERS[contender](directory)
    count = 0
    cpu = time.process_time()
    start = time.perf_counter()
    for text in texts():
        append(text)
        count += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            break
    cpu = time.process_time() - cpu
    print(json.dumps({"count": count, "seconds": elapsed, "cpuSeconds": cpu}))


if __name__ == "__main__":
    main()
