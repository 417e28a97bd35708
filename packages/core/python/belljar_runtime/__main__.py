"""Entry of the process that the engine starts: `python3 -s -B <folder> <configuration as JSON>`."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # The script's own folder must not be searched for modules by what runs in a sandbox later.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.path.dirname(here)
    from belljar_runtime import warden

    sys.path.pop(0)
    warden.main()
