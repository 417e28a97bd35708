"""Says what an interpreter is and which pip it can lend, as one line of JSON."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import sysconfig


def _folder_of(module: str) -> str | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    # Without an origin it is an empty folder of that name.
    if spec is None or not spec.origin or not spec.submodule_search_locations:
        return None
    return list(spec.submodule_search_locations)[0]


def _pip_version(folder: str) -> str | None:
    try:
        with open(os.path.join(folder, "__init__.py"), encoding="utf-8") as source:
            for line in source:
                if line.startswith("__version__"):
                    return line.split("=")[1].strip().strip("\"'")
    except OSError:
        pass
    return None


def _bundled_wheel() -> str | None:
    """The pip that `ensurepip` would install: inside it, or where a distribution keeps wheels."""
    ensurepip = _folder_of("ensurepip")
    if ensurepip is None:
        return None
    for folder in (sysconfig.get_config_var("WHEEL_PKG_DIR"), os.path.join(ensurepip, "_bundled")):
        if folder and os.path.isdir(folder):
            wheels = [name for name in sorted(os.listdir(folder)) if name.startswith("pip-")]
            if wheels:
                return os.path.join(folder, wheels[-1])
    return None


def _base_executable() -> str:
    """The interpreter below any virtual environment, by its versioned name where it has one.

    `/usr/bin/python3` is another version after an upgrade of the system; `python3.11` is not.
    """
    base = getattr(sys, "_base_executable", None) or sys.executable
    versioned = os.path.join(os.path.dirname(base), "python%d.%d" % sys.version_info[:2])
    if os.path.exists(versioned) and os.path.samefile(versioned, base):
        return versioned
    return base


def main() -> None:
    pip = _folder_of("pip")
    facts = {
        "executable": sys.executable,
        "baseExecutable": _base_executable(),
        "implementation": sys.implementation.name,
        "version": "%d.%d.%d" % sys.version_info[:3],
        "abi": sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag,
        "platform": sysconfig.get_platform(),
        "pipFolder": pip,
        "pipVersion": _pip_version(pip) if pip else None,
        "pipWheel": _bundled_wheel(),
    }
    print(json.dumps(facts))


main()
