"""All probes in one report. They run one after another: none sees what another does."""

from __future__ import annotations

import os
import re
import sys

from .. import birth_confined
from ..jail import landlock
from . import cgroups, confinement, kinds, outside, sandbox

_DISTRIBUTION = re.compile(r"^(.+?)-([^-]+)(?:-py3[.\d]*)?\.(?:dist|egg)-info$")


def everything() -> dict:
    found = kinds.all_kinds()
    namespaces = [layer for layer in found if not found[layer]["ok"]]
    if namespaces:
        found.update({layer: {"ok": False, "needs": namespaces[0]}
                      for layer in sandbox.LAYERS if layer not in ("user-namespace", "own-user-id")})
    else:
        found.update(sandbox.layers())
    found.update(confinement.layers(user_namespaces=found["user-namespace"]["ok"]))
    found.update(outside.layers())
    found.update(cgroups.layers())
    weakened = birth_confined.weakened(os.geteuid() != 0, landlock.abi())
    return {"layers": found, "packages": _packages(), "weakenedWhenConfined": weakened,
            "closedToOthers": _closed_to_others()}


def _closed_to_others() -> str | None:
    """Asked where it matters: at `confined` root's sandboxes are other users."""
    try:
        return birth_confined.closed_to_others() if os.geteuid() == 0 else None
    except OSError:
        return None  # no /proc: nothing can be started, which the layers say


def _packages() -> list:
    """Names and versions, as installers leave them in the names of folders."""
    found = {}
    for folder in sys.path:
        if not os.path.isdir(folder):
            continue
        for entry in os.listdir(folder):
            match = _DISTRIBUTION.match(entry)
            if match:
                name = re.sub(r"[-_.]+", "-", match.group(1)).lower()
                found.setdefault(name, match.group(2))
    return ["%s %s" % one for one in sorted(found.items())]
