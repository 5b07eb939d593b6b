"""Sessions: one that lives in the mission's state, and copies there of those that live elsewhere.

Each item is an entry of its own, so that what a checkpoint costs is what was added since the last.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from agents import Session
from agents.memory.session_settings import SessionSettings

from intaglio._errors import IntaglioError
from intaglio._governor import GovernorClient
from intaglio.openai_agents import items, limits
from intaglio.openai_agents.current import current

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun

_OWN, _COPIED = "session", "session.copy"
_DIGITS = 12
_TIME_DIGITS = 20


class EngineSession:
    """A session of the SDK in the state of a mission: what is rolled back takes it back as well.

    Made by `IntaglioRunHooks.session`. Runs and programs may share one: what is added at once stays
    together, in the order in which adding began.
    """

    session_settings: SessionSettings | None = None

    def __init__(self, client: GovernorClient, mission: str, session_id: str) -> None:
        self.session_id = session_id
        self._client = client
        self._mission = mission
        self._prefix = _prefix(session_id)

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """The items, oldest first; with `limit`, the newest so many."""
        entries = await _entries(self._client, self._where(), _OWN, self._prefix)
        texts = [text for _, text in entries]
        if limit is not None:
            texts = texts[-limit:] if limit > 0 else []
        return [items.parsed(text) for text in texts]

    async def add_items(self, items: list[Any]) -> None:
        """Add items at the end; all of them, or none."""
        if not items:
            return
        entries = await _entries(self._client, self._where(), _OWN, self._prefix)
        keys = _new_keys(self._prefix, entries[-1][0] if entries else None, len(items))
        await self._change([(key, _text(item)) for key, item in zip(keys, items, strict=True)])

    async def pop_item(self) -> Any | None:
        """Take the newest item away; gives it, or None if there is none."""
        entries = await _entries(self._client, self._where(), _OWN, self._prefix)
        if not entries:
            return None
        key, text = entries[-1]
        await self._change([(key, None)])
        return items.parsed(text)

    async def clear_session(self) -> None:
        """Take all items away; checkpoints keep what they had."""
        entries = await _entries(self._client, self._where(), _OWN, self._prefix)
        if entries:
            await self._change([(key, None) for key, _ in entries])

    def _where(self) -> str:
        run = current.get()
        return run.mission if run is not None and run.mission else self._mission

    async def _change(self, entries: list[tuple[str, str | None]]) -> None:
        changes = [{"component": _OWN, "key": key, "value": value} for key, value in entries]
        run = current.get()
        if run is not None and run.id and not run.is_over:
            await run.call("state.change", changes=changes)
        else:
            await self._client.call(
                "state.change", mission=self._mission, by="session", changes=changes
            )


class SessionCopy:
    """The items of a session that lives elsewhere, kept for the mission's checkpoints."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._prefix = _prefix(session.session_id)
        # What the state has; not read yet.
        self._kept: list[str] | None = None

    async def captured(self, run: GovernedRun) -> dict[str, Any] | None:
        """Keep what is new, and tell how much there is; None if it is too large to be kept.

        Before the run has begun its mission's state cannot be written: then what is new is in what
        is told.
        """
        now = [_text(item) for item in await self.session.get_items()]
        if not all(limits.is_value(text) for text in now):
            return None
        kept = await self._known(run)
        common = common_count(now, kept)
        tail: list[str] = []
        if run.id:
            changes: list[dict[str, str | None]] = [
                {"component": _COPIED, "key": _key(self._prefix, index), "value": text}
                for index, text in enumerate(now)
                if index >= common
            ]
            changes += [
                {"component": _COPIED, "key": _key(self._prefix, index), "value": None}
                for index in range(len(now), len(kept))
            ]
            if changes:
                run.tell("state.change", changes=changes)
            self._kept = now
            common = len(now)
        else:
            tail = now[common:]
        return {"kind": "copy", "id": self.session.session_id, "common": common, "tail": tail}

    async def _known(self, run: GovernedRun) -> list[str]:
        if self._kept is None:
            mission = run.mission or run.hooks.mission_id or run.conversation or ""
            self._kept = await copied(run.client, mission, self.session)
        return self._kept


async def copied(
    client: GovernorClient, mission: str, session: Session, checkpoint: int | None = None
) -> list[str]:
    """The items of a session that a mission's state has, now or at a checkpoint."""
    prefix = _prefix(session.session_id)
    return [text for _, text in await _entries(client, mission, _COPIED, prefix, checkpoint)]


async def is_changed(client: GovernorClient, mission: str, session: Session) -> bool:
    """Whether a session has other items than the mission's state: others wrote it since."""
    now = [_text(item) for item in await session.get_items()]
    return now != await copied(client, mission, session)


async def restore(
    client: GovernorClient, mission: str, session: Session, checkpoint: int, text: str
) -> None:
    """Make a session have the items that it had when `text` was captured.

    What both have in common is kept; what came after is taken away from its end, and what is
    missing is added.

    Raises:
        RuntimeError: the session does not give back what it was given, in order.
    """
    told = items.parsed(text)
    kept = await copied(client, mission, session, checkpoint)
    wanted = kept[: told["common"]] + told["tail"]
    now = [_text(item) for item in await session.get_items()]
    common = common_count(now, wanted)
    for expected in reversed(now[common:]):
        popped = await session.pop_item()
        if popped is None or _text(popped) != expected:
            if popped is not None:
                await session.add_items([popped])
            raise RuntimeError(
                f"the session {session.session_id!r} gave another item than its last: it was "
                "changed by somebody else, or does not keep its order"
            )
    if wanted[common:]:
        await session.add_items([items.parsed(item) for item in wanted[common:]])
    if [_text(item) for item in await session.get_items()] != wanted:
        raise RuntimeError(
            f"the session {session.session_id!r} does not give back what it is given"
        )


def common_count(one: list[str], other: list[str]) -> int:
    """How many items two lists begin with in common."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


async def _entries(
    client: GovernorClient, mission: str, component: str, prefix: str, checkpoint: int | None = None
) -> list[tuple[str, str]]:
    try:
        answer = await client.call(
            "state.read", mission=mission, component=component, prefix=prefix, checkpoint=checkpoint
        )
    except IntaglioError as error:
        # A mission that nothing was recorded of yet.
        if error.code == "no_mission":
            return []
        raise
    return [(entry["key"], entry["value"]) for entry in answer["entries"]]


def _prefix(id: str) -> str:
    return f"{items.key(id)}\n"


def _key(prefix: str, index: int) -> str:
    return f"{prefix}{index:0{_DIGITS}d}"


def _new_keys(prefix: str, last: str | None, count: int) -> list[str]:
    """Keys after `last` for items that are added at once; nobody else makes the same."""
    after = int(last[len(prefix) :][:_TIME_DIGITS]) + 1 if last is not None else 0
    batch = f"{max(after, time.time_ns()):0{_TIME_DIGITS}d}.{secrets.token_hex(4)}"
    return [f"{prefix}{batch}.{index:0{_DIGITS}d}" for index in range(count)]


def _text(item: Any) -> str:
    """An item as one text, however its members are ordered: sessions may order them anew."""
    return items.ordered(item)
