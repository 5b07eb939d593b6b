"""Builds the wheel, with the shared library and the command in it (PEP 517)."""
