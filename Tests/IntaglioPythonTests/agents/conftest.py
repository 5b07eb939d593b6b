"""What the adapter's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from agents import set_tracing_disabled
from watched import Watched

set_tracing_disabled(True)


@pytest.fixture
def governor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    watched = Watched(tmp_path / "store", monkeypatch)
    yield watched
    watched.close()
