"""Where an open log lies: whoever removes or renames its folder takes the record out of reach."""

import os

from intaglio._errors import IntaglioError


class Place:
    """The folder of a log that is open, which goes on writing wherever its files have gone."""

    def __init__(self, path: str) -> None:
        """The folder at `path`, as it is now."""
        self._path = path
        self._identity = self._look()

    def check(self) -> None:
        """See that the folder is where it was; takes one look at the file system.

        Raises:
            IntaglioError: `store_gone`.
        """
        if self._identity is None or self._look() != self._identity:
            raise IntaglioError(
                "store_gone",
                f"the folder {self._path!r} was removed or renamed while its log is open, so that "
                "what is asked for may not be done: put it back, or close what writes it "
                "(`hooks.client.close()`) and make the hooks anew",
            )

    def _look(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino
