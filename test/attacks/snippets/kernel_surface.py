SIGCHLD = 17
buffer = ctypes.create_string_buffer(256)
namespaces = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
              "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000}
PTRACE, PARENT, UNTRACED, NEWTIME = 0x2000, 0x8000, 0x800000, 0x80

EPERM = {
    **{"clone " + name: call("clone", flag | SIGCHLD, 0, 0, 0, 0)
       for name, flag in {**namespaces, "traced": PTRACE, "sibling": PARENT, "time": NEWTIME,
                          "untraced": UNTRACED}.items()},
    "clone with SIGKILL at its end": call("clone", 9, 0, 0, 0, 0),
    **{"unshare " + name: call("unshare", flag) for name, flag in namespaces.items()},
    "setns": call("setns", 0, 0), "mount": call("mount", b"none", b"/tmp", b"tmpfs", 0, 0),
    "remount": call("mount", b"none", b"/usr", b"none", 0x20 | 0x1000, 0),
    "umount": call("umount2", b"/proc", 2), "pivot_root": call("pivot_root", b"/", b"/"),
    "open_tree": call("open_tree", -100, b"/", 1), "fsopen": call("fsopen", b"tmpfs", 0),
    "move_mount": call("move_mount", -1, b"/", -100, b"/tmp", 0),
    "mount_setattr": call("mount_setattr", -100, b"/usr", 0, buffer, 32),
    "bpf": call("bpf", 0, buffer, 64), "perf": call("perf_event_open", buffer, 0, -1, -1, 0),
    "userfaultfd": call("userfaultfd", 1), "ptrace": call("ptrace", 0, 0, 0, 0),
    "add_key": call("add_key", b"user", b"a", b"b", 1, -3), "keyctl": call("keyctl", 0, -3, 0),
    "shmget": call("shmget", 29, 4096, 0o1600), "mq_open": call("mq_open", b"q", 0o102, 0o600, 0),
    "setuid": call("setuid", 0), "capset": call("capset", buffer, buffer),
    "no address randomisation": call("personality", 0x0040000),
    "a character device": call("mknodat", -100, b"/tmp/kmem", 0o020666, 0x0101),
    "a block device": call("mknodat", -100, b"/tmp/disk", 0o060666, 0x0800),
    "a socket's name": call("mknodat", -100, b"/tmp/name", 0o140666, 0),
    "subreaper": call("prctl", 36, 1, 0, 0, 0), "tracer": call("prctl", 0x59616d61, -1, 0, 0, 0),
}
ENOSYS = {
    "clone3": call("clone3", buffer, 88), "io_uring": call("io_uring_setup", 1, buffer),
    "memfd_create": call("memfd_create", b"x", 0), "splice": call("splice", 0, 0, 1, 0, 1, 0),
    "timer_create": call("timer_create", 1, 0, buffer),
}
say({"EPERM": EPERM, "ENOSYS": ENOSYS, "getpid": call("getpid") == os.getpid(),
     "fifo": attempt(os.mkfifo, os.environ["TMPDIR"] + "/fifo"),
     "pid": os.getpid()})
