"""Compiles one share of an environment: `compile.py FOLDER SHARE SHARES`

The jail sees the environment read-only, so what is not compiled now is compiled at each import.
Tests that packages ship are left: nothing imports them.
"""

from __future__ import annotations

import os
import py_compile
import sys

import process


def _sources(folder: str) -> list:
    found = []
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in ("tests", "__pycache__"))
        found += [os.path.join(path, name) for name in sorted(files) if name.endswith(".py")]
    return found


def main() -> None:
    process.prepare()
    folder, share, shares = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for source in _sources(folder)[share::shares]:
        try:
            py_compile.compile(source, doraise=True)
        except (py_compile.PyCompileError, UnicodeError, ValueError):
            continue  # A template, or syntax of another Python: it fails when it is imported.


main()
