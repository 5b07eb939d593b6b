"""A notebook without its pages: a kernel, and cells that it executes."""

from __future__ import annotations

from typing import Any

from folders import GUARD_SECONDS, Folder
from jupyter_client.manager import KernelManager


class Notebook:
    """A kernel that works in a folder; ends when it is left."""

    def __init__(self, folder: Folder, environment: dict[str, str]) -> None:
        # What a kernel keeps stays in the folder as well.
        environment = {**environment, "IPYTHONDIR": str(folder.path / "ipython")}
        self._manager = KernelManager(connection_file=str(folder.path / "kernel.json"))
        self._manager.start_kernel(cwd=str(folder.path), env=environment)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=GUARD_SECONDS)

    def __enter__(self) -> Notebook:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=kind is not None)

    def cell(self, code: str, interrupt_at: str | None = None) -> str:
        """What a cell prints, or how it fails; interrupted when it prints `interrupt_at`."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
                if interrupt_at is not None and interrupt_at in message["content"]["text"]:
                    self._manager.interrupt_kernel()

        reply = self._client.execute_interactive(code, output_hook=note, timeout=GUARD_SECONDS)
        content = reply["content"]
        if content["status"] == "ok":
            return "".join(printed).strip()
        return f"{content['ename']}: {content['evalue']}"

    def restart(self, code: str, at: str) -> None:
        """Kill the kernel when the cell `code` prints `at`, and have another in its place."""
        self._client.execute(code)
        while at not in str(self._client.get_iopub_msg(timeout=GUARD_SECONDS)["content"]):
            pass
        self._manager.restart_kernel(now=True)
        self._client.wait_for_ready(timeout=GUARD_SECONDS)
