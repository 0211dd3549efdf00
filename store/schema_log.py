"""The tables of hearth.db that belong to the log."""

from __future__ import annotations

SCHEMA = ""
