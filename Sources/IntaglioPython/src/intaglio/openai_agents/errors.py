"""The error that ends a governed run."""

from __future__ import annotations

from agents.exceptions import AgentsException

from intaglio._escaping import one_line


class RunAborted(AgentsException):
    """A governed run ends here: nothing that it asked for and that was not recorded has run.

    `code` names the reason for programs: "policy" where the policy ends the run, "not_permitted"
    where something was to run that nobody decided on, else the engine's name for it ("engine",
    "engine_timeout", "run_over", "state_differs" and so on). `message` says what happened and what
    to do about it, on one line that is safe to print.
    """

    def __init__(self, code: str, message: str) -> None:
        message = one_line(message)
        super().__init__(message)
        self.code = code
        self.message = message
