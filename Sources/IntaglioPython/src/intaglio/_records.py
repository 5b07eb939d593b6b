"""Records, and the head that pins them."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Record:
    """What was appended, and its place in the chain."""

    sequence: int
    """The number of the record: 0, 1, 2 and so on, over all streams."""
    time_ns: int
    """When it was appended, in nanoseconds since 1970 by the writer's clock."""
    stream: int
    """The number of its stream; 0 is the log's own."""
    kind: int
    """256 and up are the user's; below that the log's own."""
    digest: bytes
    """The digest of the content, as the chain covers it: 32 bytes."""
    chain: bytes
    """The chain value, which pins the record and all before it: 32 bytes."""
    payload: bytes
    """The content; empty where it was lawfully erased."""
    is_erased: bool
    """Whether the content was lawfully erased."""

    @property
    def time(self) -> datetime:
        """When it was appended, to the microsecond."""
        return _EPOCH + timedelta(microseconds=self.time_ns // 1000)

    @property
    def text(self) -> str:
        """The content as UTF-8."""
        return self.payload.decode()


@dataclass(frozen=True, slots=True)
class Stream:
    """A named sequence of records within a log."""

    number: int
    """The number that records have; 0 is the log's own."""
    name: str
    """The name, 1 to 255 bytes."""
    count: int
    """How many records it has."""


@dataclass(frozen=True, slots=True)
class Head:
    """How long a log is, and the value that pins all of it: note it elsewhere."""

    count: int
    """How many records there are, the log's own among them."""
    chain: bytes
    """The chain value of the last of them: 32 bytes."""

    def __str__(self) -> str:
        """The head as `intaglio verify --head` takes it."""
        return f"{self.count - 1}:{self.chain.hex()}"
