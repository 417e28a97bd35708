"""Process 1 inside a sandbox: trusted code beside hostile code of the same user id."""

from __future__ import annotations

from .loop import run

__all__ = ["run"]
