"""Taking a mission back: its state by the engine, context and session by who has them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents import Session

from intaglio._errors import IntaglioError
from intaglio._escaping import one_line
from intaglio._governor import GovernorClient
from intaglio.openai_agents import context as contexts
from intaglio.openai_agents import items, sandboxes, sessions
from intaglio.openai_agents.sandboxes import SandboxChange, SandboxReference


@dataclass(frozen=True)
class Checkpoint:
    """A state that a mission can be taken back to."""

    checkpoint: int
    """Its number: that of its record in the log."""
    label: str
    """`run.start`, `turn N`, `run.end` and so on, or the program's."""
    time: int
    """When it was made, in nanoseconds since 1970."""
    members: Mapping[str, Any]
    """All that the engine says of it, as `intaglio.h` has it."""
    sandboxes: Mapping[str, SandboxReference] = field(default_factory=dict)
    """The sandboxes that were known then, by reference, by agent; only `checkpoints` reads them."""

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Checkpoint:
        """The checkpoint that the engine describes."""
        return cls(members["checkpoint"], members["label"], members["time"], dict(members))


@dataclass(frozen=True)
class Preview:
    """What a rollback changes, voids and leaves."""

    mission: str
    """The mission."""
    components: Mapping[str, Mapping[str, int]]
    """How many entries of its state are `added`, `changed` and `removed`, by component."""
    calls: list[Mapping[str, Any]]
    """The tools that have run since: what they did outside is not taken back."""
    tickets: list[str]
    """The tickets that are voided."""
    paused_runs: list[str]
    """The runs that cannot go on any more."""
    not_captured: list[str]
    """What of the checkpoint was not captured; it can be rolled back to only if this is empty."""
    left: list[str]
    """What of the run context stays as it is: private attributes, excluded fields, and attributes
    that are no fields, which are not written to the log."""
    sandboxes: list[SandboxChange]
    """The sandboxes then and now. Nothing in them is taken back: a program goes back to their
    snapshots by `SandboxRunConfig(snapshot=change.then.sdk_snapshot())`."""

    @classmethod
    def read(
        cls, members: Mapping[str, Any], left: list[str], sandboxes: list[SandboxChange]
    ) -> Preview:
        """The preview that the engine describes, and what is known here of what it leaves."""
        names = ("calls", "tickets", "paused_runs", "not_captured")
        return cls(
            mission=members["mission"],
            components=members["state"]["components"],
            left=left,
            sandboxes=sandboxes,
            **{name: members[name] for name in names},
        )


@dataclass(frozen=True)
class Rollback:
    """The rollbacks of one mission, with the program's objects that they restore."""

    client: GovernorClient
    mission: str
    context: Any
    session: Session | None

    async def checkpoints(self) -> list[Checkpoint]:
        """Newest first."""
        answer = await self.client.call("checkpoints", mission=self.mission)
        found = [Checkpoint.read(members) for members in answer["checkpoints"]]
        counts = [one.members["counts"] for one in found]
        if not any(sandboxes.COMPONENT in one for one in counts) and not (
            await self._sandboxes(None)
        ):
            return found
        known = await asyncio.gather(*(self._sandboxes(one.checkpoint) for one in found))
        return [replace(one, sandboxes=then) for one, then in zip(found, known, strict=True)]

    async def _sandboxes(self, checkpoint: int | None) -> dict[str, SandboxReference]:
        session = await self._captured(checkpoint, "session") if checkpoint is not None else None
        return await sandboxes.kept(self.client, self.mission, checkpoint, session)

    async def latest(self) -> Checkpoint | None:
        """The newest whose state differs from now in more than what stays: what sandboxes are."""
        answer = await self.client.call("checkpoint.latest", mission=self.mission)
        if answer["checkpoint"] is None:
            return None
        found = Checkpoint.read(answer["checkpoint"])
        if await self._changes(found):
            return found
        answer = await self.client.call("checkpoints", mission=self.mission)
        for checkpoint in map(Checkpoint.read, answer["checkpoints"]):
            if checkpoint.checkpoint < found.checkpoint and await self._changes(checkpoint):
                return checkpoint
        return None

    async def _changes(self, checkpoint: Checkpoint) -> bool:
        """Whether a rollback to it would change anything."""
        preview = await self.client.call(
            "rollback.preview", mission=self.mission, checkpoint=checkpoint.checkpoint
        )
        return bool(set(preview["state"]["components"]) - {sandboxes.COMPONENT})

    async def preview(self, checkpoint: Checkpoint | int) -> Preview:
        """What going back would do."""
        number = _number(checkpoint)
        preview = await self.client.call(
            "rollback.preview", mission=self.mission, checkpoint=number
        )
        return Preview.read(preview, *await self._leaves(number))

    async def _leaves(self, checkpoint: int) -> tuple[list[str], list[SandboxChange]]:
        """What a rollback leaves: members of the context, and what is in sandboxes."""
        context = await self._captured(checkpoint, "context")
        then, now = await self._sandboxes(checkpoint), await self._sandboxes(None)
        return (
            contexts.left(context or "null"),
            [
                SandboxChange(agent, then.get(agent), now.get(agent))
                for agent in sorted({*then, *now})
            ],
        )

    async def perform(
        self, checkpoint: Checkpoint | int, reason: str, by: str, force: bool
    ) -> Preview:
        """Go back: what is refused is refused before anything is done."""
        number = _number(checkpoint)
        changed = await self._changed_by_others(number)
        leaves = await self._leaves(number)
        answer = await self._begin(number, reason, by, force, changed)
        for pending in answer["pending"]:
            name = pending["participant"]
            try:
                await self._restore(name, pending["captured"], number)
            except Exception as error:
                why = one_line(" ".join(f"{type(error).__name__}: {error}".split()))
                await self.client.call(
                    "rollback.failed", mission=self.mission, participant=name, why=why
                )
                raise IntaglioError(
                    "rollback_failed",
                    f"the {name} of the mission {self.mission} could not be restored ({why}): the "
                    "mission takes no runs until a rollback has succeeded",
                ) from error
        if answer["pending"]:
            await self.client.call("rollback.finish", mission=self.mission)
        await sandboxes.keep_now(self.client, self.mission, leaves[1])
        return Preview.read(answer["preview"], *leaves)

    async def _begin(
        self, checkpoint: int, reason: str, by: str, force: bool, changed: list[str]
    ) -> dict[str, Any]:
        try:
            return await self.client.call(
                "rollback.begin",
                mission=self.mission,
                checkpoint=checkpoint,
                reason=reason,
                by=by,
                forced=force,
                session_changed=changed or None,
            )
        except IntaglioError as error:
            why = contexts.obstacle(self.context) if error.code == "not_restorable" else None
            if why is None:
                raise
            raise IntaglioError(
                error.code, f"{error.message} (of the context here: {why})"
            ) from error

    async def _changed_by_others(self, checkpoint: int) -> list[str]:
        """What others have changed since the mission's last run.

        Raises:
            IntaglioError: `not_restorable`: something that the checkpoint has is not here.
        """
        context, session = [
            await self._captured(checkpoint, name) for name in ("context", "session")
        ]
        if context not in (None, "null") and self.context is None:
            raise IntaglioError(
                "not_restorable",
                f"checkpoint {checkpoint} has a run context, and none is here: "
                "give it as `context`",
            )
        told = items.parsed(session or "{}")
        if told.get("kind") != "copy":
            return []
        if self.session is None or self.session.session_id != told["id"]:
            raise IntaglioError(
                "not_restorable",
                f"checkpoint {checkpoint} has the session {told['id']!r}, which is not here: "
                "give it as `session`",
            )
        if await sessions.is_changed(self.client, self.mission, self.session):
            return ["session"]
        return []

    async def _captured(self, checkpoint: int, name: str) -> str | None:
        answer = await self.client.call(
            "state.read",
            mission=self.mission,
            checkpoint=checkpoint,
            component="participant",
            key=name,
        )
        found: str | None = answer["value"]
        return found

    async def _restore(self, name: str, captured: str, checkpoint: int) -> None:
        if name == "context":
            if captured != "null":
                contexts.restore(self.context, captured)
        elif items.parsed(captured)["kind"] == "copy" and self.session is not None:
            await sessions.restore(self.client, self.mission, self.session, checkpoint, captured)


def _number(checkpoint: Checkpoint | int) -> int:
    return checkpoint.checkpoint if isinstance(checkpoint, Checkpoint) else checkpoint
