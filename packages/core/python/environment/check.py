"""Imports modules in a new environment, to see that they load here: `check.py MODULE...`

Importing matplotlib also writes its list of fonts to `MPLCONFIGDIR`.
"""

from __future__ import annotations

import importlib
import sys

import process


def main() -> None:
    process.prepare()
    sys.path.pop(0)
    for name in sys.argv[1:]:
        importlib.import_module(name)
        print(name, flush=True)


main()
