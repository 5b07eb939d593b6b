"""The error that ends a governed run."""

from __future__ import annotations

from agents.exceptions import AgentsException

from intaglio._errors import IntaglioError
from intaglio._escaping import one_line


class RunAborted(IntaglioError, AgentsException):
    """A governed run ends here: nothing that it asked for and that was not recorded has run.

    An `IntaglioError`, and an `AgentsException` because it ends a run of the SDK. `code` names the
    reason for programs: "policy" where the policy ends the run, "not_permitted" where something was
    to run that nobody decided on, else the engine's name for the first failure ("engine",
    "engine_timeout", "state_differs" and so on). `cause` is as in `IntaglioError`. `message` says
    what happened and what to do about it, on one line that is safe to print.
    """

    def __init__(self, code: str, message: str, cause: str | None = None) -> None:
        super().__init__(code, one_line(message), cause)
