"""The one error of this package, and of all that is built on it."""


class IntaglioError(Exception):
    """Why the engine did not do what was asked.

    `code` names the reason for programs: "full", "busy", "closed", "forked", "mission_live" and so
    on, as the header `intaglio.h` lists them, and "store_gone" where the store was removed or
    renamed; later versions may have more. `message` says what happened, where, and what to do
    about it, on one line that is safe to print. `cause` is the log's own code where the governor
    could not record and the log has said why: "full", "poisoned".
    """

    def __init__(self, code: str, message: str, cause: str | None = None) -> None:
        super().__init__(code, message, cause)
        self.code = code
        self.message = message
        self.cause = cause

    def __str__(self) -> str:
        return self.message

    def again(self) -> "IntaglioError":
        """The same error for another who waits: raised twice, one would mix up its traces."""
        return IntaglioError(self.code, self.message, self.cause)
