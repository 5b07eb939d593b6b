"""One run of the SDK under the governor: its beginning, its end, and what ends it early."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from agents import Agent, RunConfig, RunHooks, Session, Tool
from agents.tracing import get_current_trace

from intaglio._errors import IntaglioError
from intaglio._governor import Answer, GovernorClient
from intaglio._process import process_number
from intaglio.openai_agents import failures, items, limits, participants
from intaglio.openai_agents.errors import RunAborted
from intaglio.openai_agents.ledger import Entry, Ledger

if TYPE_CHECKING:
    from intaglio.openai_agents.hooks import IntaglioRunHooks


class GovernedRun:
    """A run of the SDK and the governor's run that belongs to it.

    Belongs to one event loop, that of its run. What any part of it could not record sets `fatal`,
    and every later step raises that: the SDK makes texts for the model of what tools raise.
    """

    def __init__(
        self,
        hooks: IntaglioRunHooks,
        agent: Agent[Any],
        *,
        parent: GovernedRun | None,
        own_hooks: RunHooks[Any] | None,
        session: Session | None,
        conversation: str | None,
        run_config: RunConfig | None,
        context: Any,
        is_at_provider: bool = False,
        forked_from: str | None = None,
    ) -> None:
        self._process = process_number()
        # The run that goes on in the process that this one was forked from, if it was in mid-run.
        self._forked_from = forked_from
        self.hooks = hooks
        self.client: GovernorClient = hooks.client
        self.agent = agent
        self.parent = parent
        self.own_hooks = own_hooks
        self.session = session
        self.conversation = conversation
        self.run_config = run_config or RunConfig()
        self.participants = participants.of_run(self, context, is_at_provider)
        self.id = ""
        self.mission = ""
        self.fatal: RunAborted | None = None
        self.is_over = False
        self.ledger = Ledger()
        # What the model was offered in this turn, as handed out by `get_all_tools`.
        self.tools: list[Tool] = []
        # The computer's actions of this turn, by their calls: the SDK does what they say by then.
        self.actions: dict[int, Any] = {}
        self.awaits_model = False
        self.refusals: set[str] = set()
        # The program's own approvals that were seen and are not recorded yet.
        self.foreign: list[tuple[Entry, bool]] = []
        self._told: list[Answer] = []
        self._starting: asyncio.Task[Any] | None = None
        # Whether it goes on with a run that was paused: it has none of its own to begin.
        self.is_resumed = False
        # What the log has of the SDK's state of that run.
        self.paused_state: Mapping[str, Any] | None = None

    @property
    def is_own(self) -> bool:
        """Whether its hooks were given for it: a run beneath another has those of that run."""
        return self.parent is None or self.parent.hooks is not self.hooks

    @property
    def is_of_parents_mission(self) -> bool:
        """Whether it works on the mission of the run above: another store knows nothing of it."""
        if self.parent is None or self.parent.client.store != self.client.store:
            return False
        own = self.hooks.mission_id if self.is_own else None
        return not own or own == self.parent.mission

    def recorded(self, value: Any) -> str:
        """What a tool or an agent gave, as a text that a record can have."""
        return limits.result(items.result(value), self.hooks.may_digest)

    # Asking the governor

    async def call(self, do: str, **members: Any) -> dict[str, Any]:
        """Ask the governor about this run; what it cannot do ends the run."""
        self.check()
        try:
            try:
                answer = await self.client.call(do, run=self.id, **members)
            except IntaglioError:
                # What failed first is the cause of what fails now.
                await self._settle()
                raise
            await self._settle()
            return answer
        except IntaglioError as error:
            raise self.abort(error.code, error.message, error.cause) from error

    def tell(self, do: str, **members: Any) -> None:
        """Tell the governor of what has happened, in the order of all that it is asked and told.

        Nobody waits: what could not be recorded ends the run at the next thing that is asked, and
        so before any tool.
        """
        self.check()
        if self.is_over:
            # The SDK lets some tasks go on after it has raised; nobody would look at the answer.
            raise RunAborted("run_over", f"the run {self.id} is over: {do} is not recorded of it")
        try:
            self._told.append(self.client.post(do, run=self.id, **members))
        except IntaglioError as error:
            raise self.abort(error.code, error.message, error.cause) from error

    async def _settle(self) -> None:
        """Look at the answers to all that the governor was told before what it has answered."""
        while self._told:
            answer = self._told[0]
            try:
                await answer
            finally:
                if self._told and self._told[0] is answer:
                    self._told.pop(0)

    def abort(self, code: str, message: str, cause: str | None = None) -> RunAborted:
        """Make all that still happens in this run and those above it fail; give what to raise."""
        error = RunAborted(code, message, cause)
        run: GovernedRun | None = self
        while run is not None and not run.is_over:
            run.fatal = run.fatal or error
            run = run.parent
        return error

    @property
    def is_parents(self) -> bool:
        """Whether it is a run of the process that this one was forked from, which goes on there."""
        return self._process != process_number()

    def check(self) -> None:
        """Raise what ended the run, if something did."""
        if self.is_parents:
            raise RunAborted(
                "forked",
                f"the run {self.id} goes on in the process that this one was forked from: do other "
                "work here, in a run and a loop of its own, and end with os._exit",
            )
        if self.fatal is not None:
            raise RunAborted(self.fatal.code, self.fatal.message, self.fatal.cause)

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Make whatever goes wrong in here end the run: of what tools raise the SDK makes texts."""
        try:
            yield
        except RunAborted:
            raise
        except Exception as error:
            raise self.abort("adapter", f"{type(error).__name__}: {error}") from error

    # Beginning

    async def ensure_started(self) -> None:
        """Begin the governor's run, once, whoever comes first."""
        self.check()
        if self.id:
            return
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        # Whoever is cancelled here does not take the others' start with it.
        await asyncio.shield(self._starting)

    async def take_up(self, id: str) -> dict[str, Any]:
        """Go on with the paused run `id`; gives what the governor says of it."""

        async def begin() -> dict[str, Any]:
            answer = await self.client.call("run.resume", run=id)
            self.id, self.mission = id, answer["mission"]
            return answer

        starting = self._starting = asyncio.create_task(begin())
        # Carried out also if it is cancelled here: then the run is known, and fails.
        return await asyncio.shield(starting)

    async def _start(self) -> None:
        parent = self.parent
        members: dict[str, Any] = {
            "agent": self.hooks.agent_id if self.is_own else self.agent.name,
            "mission": self._mission(),
            "conversation": self.conversation,
            "parent": (parent.id if parent else self._forked_from) or None,
            "framework": self._framework(),
            "captured": await self.participants.captured(self),
        }
        try:
            started = await self.client.call("run.start", **members)
        except IntaglioError as error:
            raise self.abort(error.code, error.message, error.cause) from error
        self.id, self.mission = started["run"], started["mission"]
        self.participants.sandboxes.keep(self)
        self.hooks.started(self)

    def _mission(self) -> str | None:
        own = self.hooks.mission_id if self.is_own else None
        if self.parent is not None and self.is_of_parents_mission:
            return self.parent.mission or own
        return own

    def _framework(self) -> dict[str, str]:
        trace = get_current_trace()
        ids = {
            "name": "openai-agents",
            "trace_id": trace.trace_id if trace else self.run_config.trace_id,
            "group_id": self.run_config.group_id,
        }
        return {name: id for name, id in ids.items() if id is not None and id != "no-op"}

    # End

    async def finish(self, output: Any) -> None:
        """The SDK's run has given its final output."""
        self.check()
        self.record_foreign()
        captured = await self.participants.captured(self)
        await self.call("run.end", output=self.recorded(output), captured=captured)
        self.is_over = True

    async def pause(self, reason: str, state: str) -> None:
        """The SDK's run waits for an approval, and goes on from `state`."""
        self.check()
        self.record_foreign()
        captured = await self.participants.captured(self)
        await self.call("run.pause", reason=reason, state=state, captured=captured)
        self.is_over = True

    async def fail(self, error: BaseException) -> None:
        """The SDK's run ended with `error`: record that, and what it says of its parts."""
        if self.is_over or self.is_parents:
            return
        # Carried out also if it is cancelled again: a run that failed does not stay live.
        await asyncio.shield(asyncio.create_task(self._fail(error)))

    async def _fail(self, error: BaseException) -> None:
        fatal, self.fatal = self.fatal, None
        try:
            if await self._has_begun(error):
                await self._record_failure(error)
        except RunAborted as recording:
            # The engine ends a run that it cannot record by itself; anything else is worth knowing.
            if fatal is None and recording.code != "run_over":
                raise recording from error
        finally:
            self.is_over = True
            self.fatal = fatal or self.fatal

    async def _has_begun(self, error: BaseException) -> bool:
        """Whether there is a run to record a failure of; begins it, if only that is missing."""
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self.id:
            return True
        if self._starting is not None or self.is_resumed or isinstance(error, RunAborted):
            return False
        await self.ensure_started()
        return True

    async def _record_failure(self, error: BaseException) -> None:
        self.record_foreign()
        type_, message = failures.type_of(error), self.recorded(failures.message_of(error))
        trip = failures.guardrail_of(error)
        if self.awaits_model:
            # A guardrail beside the model ends the run while the model is asked, or is about to be.
            failure = type_ if trip is None else "cancelled"
            self.tell("model.failed", type=failure, message=message)
        for entry in self.ledger:
            # The SDK tells nobody how a computer's action failed, except by failing.
            if entry.progress == "started" and entry.request.kind == "computer":
                self.end(entry, failures.status_of(error), message, type_)
        if trip is not None:
            self.tell("guardrail.tripped", **trip)
        await self.call(
            "run.fail", type=type_, message=message, captured=await self._captured_at_failure()
        )

    async def _captured_at_failure(self) -> dict[str, str] | None:
        """What the run has left, so that a rollback does not take it for the work of others."""
        try:
            return await self.participants.captured(self)
        except RunAborted:
            raise
        except Exception:
            # A session that fails may be why the run did. Then a rollback finds that it changed.
            return None

    # Calls

    def end(self, entry: Entry, status: str, result: str, error_type: str | None = None) -> None:
        """Record how a started call has ended."""
        entry.progress = "ended"
        kept = self.recorded(result)
        error_type = error_type or (None if kept == result else limits.TOO_LARGE)
        fatal, self.fatal = self.fatal, None
        try:
            # Also of a run that was aborted meanwhile: a body that was seen to end has an end.
            self.tell(
                "tool.end", call=entry.number, status=status, result=kept, error_type=error_type
            )
        except RunAborted:
            if fatal is None:
                raise
        finally:
            self.fatal = fatal or self.fatal

    def note_approval(self, entry: Entry, approved: bool) -> None:
        """Have it recorded, once, that the program itself approved or rejected a call."""
        if entry.own_approval is None:
            entry.own_approval = approved
            self.foreign.append((entry, approved))

    def record_foreign(self) -> None:
        """Record the program's own approvals that were seen since."""
        while self.foreign:
            entry, approved = self.foreign.pop(0)
            request = entry.request
            self.tell("approval.foreign", id=request.id, tool=request.tool, approved=approved)

    def gap(self, what: str, count: int = 1) -> None:
        """Record that something happened which nobody could see."""
        self.tell("audit.gap", count=count, what=what)
