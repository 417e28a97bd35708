import signal
import subprocess

host = PARAMETERS["host"]  # a process of the host, by the number that it has there
# All that must be out of reach: the keeper, and what can be named beside it.
others = [pid for pid in PARAMETERS["others"] if pid != os.getpid()]
KILL, STOP, INT = 9, 19, 2

child = subprocess.Popen(["sleep", "1000"])
handle = call("pidfd_open", child.pid, 0)
control = {
    "own child is killed": call("kill", child.pid, KILL),
    "own child was": child.wait(),
    "own priority": call("setpriority", 0, 0, min(os.getpriority(os.PRIO_PROCESS, 0) + 1, 19)),
    "own limits": call("prlimit64", 0, 7, 0, ctypes.create_string_buffer(16)),
    "own maps": attempt(lambda: open("/proc/self/maps").close()),
}

signals = {"%s %d %d" % (name, one, number): result
           for one in others for number in (KILL, STOP, INT) for name, result in (
    ("kill", call("kill", one, number)), ("tkill", call("tkill", one, number)),
    ("tgkill", call("tgkill", one, one, number)), ("group", call("kill", -one, number)),
    ("pidfd_send_signal", call("pidfd_send_signal", call("pidfd_open", one, 0), number, 0, 0)))
           if not (name == "group" and result == "ESRCH")}

read, write = os.pipe()
F_SETFL, F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY = 4, 8, 10, 15, 1024, 1026
O_ASYNC, FIOASYNC, FIOSETOWN, SIOCSPGRP, TIOCSTI = 0x2000, 0x5452, 0x8901, 0x8902, 0x5412
number = ctypes.create_string_buffer(64)
by_other_means = {
    "kill everything": call("kill", -1, 0), "F_SETSIG": call("fcntl", read, F_SETSIG, KILL),
    "F_SETOWN": call("fcntl", read, F_SETOWN, others[0]),
    "F_SETOWN_EX": call("fcntl", read, F_SETOWN_EX, number),
    "O_ASYNC": call("fcntl", read, F_SETFL, O_ASYNC),
    "F_SETLEASE": call("fcntl", read, F_SETLEASE, 1), "F_NOTIFY": call("fcntl", read, F_NOTIFY, 1),
    "timer_create": call("timer_create", 1, 0, number),
    "mq_open": call("mq_open", b"queue", 0o102, 0o600, 0),
}
by_ioctl = {name: call("ioctl", read, request, number) for name, request in (
    ("FIOASYNC", FIOASYNC), ("FIOSETOWN", FIOSETOWN), ("SIOCSPGRP", SIOCSPGRP),
    ("TIOCSTI", TIOCSTI), ("TIOCSTI with high bits", TIOCSTI | 1 << 32))}

RLIMIT_CPU, IDLE = 0, 5
on_keeper = {"%s %d" % (name, one): result for one in others for name, result in {
    "limit": call("prlimit64", one, RLIMIT_CPU, ctypes.create_string_buffer(b"\1" * 16), 0),
    "priority": call("setpriority", 0, one, 19), "priority of the user": call("setpriority", 2, 0, 19),
    "scheduler": call("sched_setscheduler", one, IDLE, ctypes.create_string_buffer(8)),
    "io priority": call("ioprio_set", 1, one, 0x6000),
    "affinity": call("sched_setaffinity", one, 8, ctypes.create_string_buffer(b"\1", 8)),
    "own affinity": call("sched_setaffinity", 0, 8, ctypes.create_string_buffer(b"\xff", 8)),
    "seize": call("ptrace", 0x4206, one, 0, 0), "traced by": call("ptrace", 0, 0, 0, 0),
    "memory": call("process_vm_readv", one, number, 1, number, 1, 0),
    "descriptors": call("pidfd_getfd", call("pidfd_open", one, 0), 3, 0),
    "namespaces": call("setns", call("pidfd_open", one, 0), 0x40000000),
}.items()}
folders = ["/proc/%d/" % one for one in others]
files = {folder + name: attempt(lambda: open(folder + name, "rb").read(1)) for folder in folders
         for name in ("mem", "environ", "maps", "smaps", "auxv", "syscall", "stack", "pagemap", "io")}
links = {folder + name: attempt(os.readlink, folder + name) for folder in folders
         for name in ("root", "cwd", "exe", "ns/user")}
written = {folder + name: attempt(lambda: open(folder + name, "w").close()) for folder in folders
           for name in ("oom_score_adj", "comm", "clear_refs", "coredump_filter", "uid_map", "setgroups")}
try:
    seen = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
except PermissionError:
    seen = "not shown"

say({"seen": seen,
     "self": os.getpid(), "host": {"kill": call("kill", host, KILL), "path": os.path.exists(
         "/proc/%d" % host)}, "control": control, "signals": signals,
     "by_other_means": by_other_means, "by_ioctl": by_ioctl, "on_keeper": on_keeper,
     "listed": [attempt(os.listdir, folder + "fd") for folder in folders], "files": files, "links": links,
     "written": written})
