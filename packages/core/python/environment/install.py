"""Runs a pip that the environment does not have: `install.py ROUTE LOCATION PIP-ARGUMENT...`

Routes: `runner`, a pip of another folder, which brings none of that folder's packages along;
`wheel`, a pip inside a wheel; `module`, the pip of the interpreter that runs this.
"""

from __future__ import annotations

import os
import runpy
import sys

import process


def main() -> None:
    process.prepare()
    route, location = sys.argv[1:3]
    sys.argv[1:3] = []
    sys.path.pop(0)
    if route == "runner":
        runner = os.path.join(location, "__pip-runner__.py")
        sys.argv[0] = runner
        runpy.run_path(runner, run_name="__main__")
    else:
        if route == "wheel":
            sys.path.insert(0, location)
        runpy.run_module("pip", run_name="__main__", alter_sys=True)


main()
