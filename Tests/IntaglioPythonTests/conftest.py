"""Fixtures that all tests share."""

from pathlib import Path

import pytest


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A place for a governor's store."""
    return tmp_path / "store"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for a log."""
    return tmp_path / "audit"
