"""Entry of the probes: `python3 -s -B <this folder>` prints what each layer came to, as a line of JSON.

Parses on every Python, so that one that is too old says its version and not a syntax error.
"""
import json
import os
import sys


def _implementation():
    """The name that a Python gives itself; 2 has none."""
    return sys.implementation.name if hasattr(sys, "implementation") else "python"


def _say():
    said = {"implementation": _implementation(),
            "version": "%d.%d.%d" % sys.version_info[:3], "executable": sys.executable}
    if sys.version_info >= (3, 9):
        # Of the whole package, and not of this folder alone.
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        try:
            from belljar_runtime.doctor import examine

            said.update(examine.everything())
        except ImportError as error:
            said["incomplete"] = str(error)
    os.write(1, (json.dumps(said) + "\n").encode())


if __name__ == "__main__":
    _say()
