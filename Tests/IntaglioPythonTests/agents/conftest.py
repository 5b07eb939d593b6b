"""What the adapter's tests share."""

from __future__ import annotations

import pytest
from agents import set_tracing_disabled

from fake import FakeGovernor
from intaglio._governor import GovernorClient

set_tracing_disabled(True)


@pytest.fixture
def governor(monkeypatch: pytest.MonkeyPatch) -> FakeGovernor:
    fake = FakeGovernor()
    monkeypatch.setattr(GovernorClient, "shared", classmethod(lambda cls, store, options: fake))
    return fake
