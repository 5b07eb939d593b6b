"""The one error of this package."""


class IntaglioError(Exception):
    """Why the engine did not do what was asked.

    `code` names the reason for programs: "full", "busy", "closed", "forked", "mission_live" and so
    on, as the header `intaglio.h` lists them; later versions may have more. `message` says what
    happened, where, and what to do about it, on one line that is safe to print.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message

    def again(self) -> "IntaglioError":
        """The same error for another who waits: raised twice, one would mix up its traces."""
        return IntaglioError(self.code, self.message)
