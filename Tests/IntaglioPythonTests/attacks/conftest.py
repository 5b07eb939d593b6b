"""What the attacks share: all that the adapter's tests have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents import set_tracing_disabled

sys.path.insert(0, str(Path(__file__).parents[1] / "agents"))

from watched import Watched  # noqa: E402

set_tracing_disabled(True)


@pytest.fixture
def governor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    watched = Watched(tmp_path / "store", monkeypatch)
    yield watched
    watched.close()
