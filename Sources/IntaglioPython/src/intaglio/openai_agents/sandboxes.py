"""The sandboxes of a mission's agents, by reference: where each is, and which snapshot it has.

What is in a sandbox is never kept in the log. A mission's state has one reference for each agent
that has a sandbox, so that a checkpoint costs what has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents import Agent, RunConfig
from agents.sandbox import SandboxAgent
from agents.sandbox.session.sandbox_session_state import SandboxSessionState
from agents.sandbox.snapshot import SnapshotBase

from intaglio._governor import GovernorClient
from intaglio.openai_agents import items

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun

# Of a mission's state.
COMPONENT = "sandbox"


@dataclass(frozen=True)
class SandboxReference:
    """Where an agent's sandbox was, and the snapshot that it had."""

    agent: str
    """The agent, by the name under which the SDK keeps its sandbox."""
    backend: str
    """The kind of sandbox: `unix_local`, `docker`, or whatever the SDK calls it."""
    session_id: str
    """The SDK's name for the sandbox's session."""
    workspace: str
    """The folder in the sandbox that the agent works in."""
    ids: Mapping[str, str]
    """What the backend itself calls the sandbox: `container_id`, `sandbox_id` and so on."""
    snapshot: Mapping[str, Any]
    """The snapshot as the SDK serializes it: its `type`, its `id`, and where it is."""
    fingerprint: str | None
    """Which content the SDK had saved in the snapshot; None if it had saved none, or cannot tell.

    The SDK saves when a sandbox stops, at the end of a run at the latest, and not at each turn.
    """

    def sdk_snapshot(self) -> SnapshotBase:
        """The snapshot, for `SandboxRunConfig(snapshot=...)`: a new sandbox begins with it.

        Raises:
            ValueError: its type is not known here; import the module that has it.
        """
        return SnapshotBase.parse(dict(self.snapshot))


@dataclass(frozen=True)
class SandboxChange:
    """What an agent's sandbox was at a checkpoint, and what it is now."""

    agent: str
    """The agent."""
    then: SandboxReference | None
    """At the checkpoint; None if the agent had no sandbox then."""
    now: SandboxReference | None
    """When the mission's runs last had it; None if there was none yet."""

    @property
    def is_overwritten(self) -> bool:
        """Whether the snapshot of then has another content now, and that of then is gone.

        A sandbox that goes on keeps its snapshot's id: the SDK saves over what was there. Begin a
        new one for each run where snapshots are to be gone back to.
        """
        then, now = self.then, self.now
        if then is None or now is None or then.snapshot != now.snapshot:
            return False
        return then.fingerprint != now.fingerprint


class Sandboxes:
    """The sandboxes that the runs of a mission have, as far as is known in this process."""

    def __init__(self, agent: Agent[Any] | None = None, config: RunConfig | None = None) -> None:
        self._sessions: dict[str, Any] = {}
        self._states: dict[str, SandboxSessionState] = {}
        # What the mission's state has, by agent.
        self._kept: dict[str, str] = {}
        sandbox = config.sandbox if config is not None else None
        if sandbox is None or not isinstance(agent, SandboxAgent):
            return
        if sandbox.session is not None:
            self._sessions[agent.name] = sandbox.session
        elif sandbox.session_state is not None:
            self._states[agent.name] = sandbox.session_state

    def note(self, agent: str, session: Any) -> None:
        """Note the sandbox that the SDK has made, or taken up, for an agent."""
        self._sessions[agent] = session

    def references(self) -> dict[str, str]:
        """What is to be kept of each, by agent."""
        states = {**self._states, **{name: one.state for name, one in self._sessions.items()}}
        return {agent: _text(agent, state) for agent, state in states.items()}

    def keep(self, run: GovernedRun) -> None:
        """Have the mission's state say what is known now."""
        now = self.references()
        changes = [
            {"component": COMPONENT, "key": items.key(agent), "value": text}
            for agent, text in now.items()
            if self._kept.get(agent) != text
        ]
        if changes:
            run.tell("state.change", changes=changes)
            self._kept = now


async def kept(
    client: GovernorClient, mission: str, checkpoint: int | None = None, begun: str | None = None
) -> dict[str, SandboxReference]:
    """The references that a mission's state has, now or at a checkpoint, by agent.

    Args:
        client: The governor.
        mission: The mission.
        checkpoint: The checkpoint; now, if it is not given.
        begun: What was captured of the session with the checkpoint, which has what was known
            before a run began.
    """
    answer = await client.call(
        "state.read", mission=mission, component=COMPONENT, checkpoint=checkpoint
    )
    texts = [entry["value"] for entry in answer["entries"]]
    texts += items.parsed(begun or "{}").get("sandboxes", {}).values()
    return {one.agent: one for one in (SandboxReference(**items.parsed(text)) for text in texts)}


async def keep_now(client: GovernorClient, mission: str, changes: list[SandboxChange]) -> None:
    """Have a mission's state say what sandboxes are now, after it was taken back: they were not."""
    now = {one.agent: one.now for one in changes if one.now is not None}
    found = await kept(client, mission)
    entries = [
        {"component": COMPONENT, "key": items.key(agent), "value": items.ordered(reference)}
        for agent, reference in now.items()
        if found.get(agent) != reference
    ]
    if entries:
        await client.call(
            "state.change",
            mission=mission,
            by="rollback",
            reason="what is in sandboxes is not taken back",
            changes=entries,
        )


def _text(agent: str, state: SandboxSessionState) -> str:
    reference = {
        "agent": agent,
        "backend": state.type,
        "session_id": str(state.session_id),
        "workspace": state.manifest.root,
        "ids": _ids(state),
        "snapshot": state.snapshot.model_dump(mode="json"),
        "fingerprint": state.snapshot_fingerprint,
    }
    return items.ordered(reference)


def _ids(state: SandboxSessionState) -> dict[str, str]:
    """What a backend's own class of states adds to the SDK's to find its sandbox again by.

    All else that it adds, an environment and secrets among it, is nobody's here.
    """
    own = set(type(state).model_fields) - set(SandboxSessionState.model_fields)
    named = {name: getattr(state, name) for name in sorted(own) if name.endswith(("_id", "_name"))}
    return {name: value for name, value in named.items() if isinstance(value, str)}
