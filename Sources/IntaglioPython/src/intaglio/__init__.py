"""Intaglio: an append-only, tamper-evident storage engine for what AI agents do."""

from intaglio._errors import IntaglioError

__all__ = ["IntaglioError"]
