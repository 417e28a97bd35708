"""What can be taken away, by name. One that returns words puts them before the command."""
from __future__ import annotations

import containers
import filters
import identity
import mounts

TAKE = {
    "docker-filter": filters.docker,
    "docker-capabilities": identity.docker_capabilities,
    "no-user-namespaces": identity.no_user_namespaces,
    "ordinary-user": identity.ordinary_user,
    "no-proc": mounts.no_proc,
    "proc-covered": mounts.proc_covered,
    "cgroups-read-only": mounts.cgroups_read_only,
    "no-cgroups": mounts.no_cgroups,
    "no-seccomp": filters.no_seccomp,
    "refuse": filters.refuse,
    "podman": containers.podman,
}
