"""Which system calls native code in a sandbox may make: data only, a reason for each group.

Invariants: a call that no group names is refused; no call is in two groups; an argument is looked
at only where the kernel itself uses nothing but its low 32 bits, so the high half decides nothing
on either side. Keeper, session and commands are all under it.

Answers: EPERM unless a group says otherwise; ENOSYS where libraries know an older way.
"""

from __future__ import annotations

from errno import EACCES, EINVAL, ENOSYS, ENOTSUP, ENOTTY, EPERM
from typing import NamedTuple, Tuple

ALL_BITS = 0xFFFFFFFF


class Group(NamedTuple):
    """Calls that share one fate, whatever their arguments, and why."""

    reason: str
    calls: str


class Check(NamedTuple):
    """Passes if the argument, under the mask, is one of the values (`among`), or is none."""

    argument: int
    values: Tuple[int, ...]
    mask: int = ALL_BITS
    among: bool = True
    high: bool = False
    """Of the upper half: for pointers, of which the kernel uses both."""


Alternative = Tuple[Check, ...]


class Rule(NamedTuple):
    """Calls allowed if all checks of one alternative pass; otherwise `answer`."""

    reason: str
    calls: str
    answer: int
    alternatives: Tuple[Alternative, ...]


class Refusal(NamedTuple):
    """Calls that fail with `answer`, whatever their arguments."""

    reason: str
    calls: str
    answer: int


ALLOWED: Tuple[Group, ...] = (
    Group(
        "Open files: the mounts and Landlock decide which; the tmpfs quota, how much.",
        "read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek open openat"
        " creat close close_range dup dup2 dup3 pipe pipe2 sendfile copy_file_range fsync fdatasync"
        " sync_file_range readahead ftruncate truncate fallocate flock",
    ),
    Group(
        "Names and metadata. Changes of owner and mode are harmless: one id is mapped, the mounts"
        " are nosuid, and no_new_privs is set.",
        "stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2 getdents"
        " getdents64 getcwd chdir fchdir readlink readlinkat mkdir mkdirat rmdir rename renameat"
        " renameat2 link linkat symlink symlinkat unlink unlinkat chmod fchmod fchmodat fchmodat2"
        " chown fchown lchown fchownat umask utime utimes utimensat futimesat getxattr lgetxattr"
        " fgetxattr listxattr llistxattr flistxattr",
    ),
    Group(
        "Memory of one's own. W^X is not enforced: numba and other JIT compilers write code and run"
        " it, and hostile native code is assumed anyway. mincore tells of one's own files only. mmap"
        " has a rule.",
        "munmap mprotect mremap brk madvise msync mincore",
    ),
    Group(
        "Processes and threads. fork and vfork take no flags; clone has a rule.",
        "fork vfork execve execveat exit exit_group wait4 waitid set_tid_address set_robust_list"
        " rseq futex membarrier getpid getppid gettid getpgrp getpgid setpgid getsid setsid getuid"
        " geteuid getgid getegid getresuid getresgid getgroups capget getrlimit setrlimit getrusage"
        " times getpriority ioprio_get restart_syscall",
    ),
    Group(
        "Scheduling of one's own, and what it is: reading another's is in /proc too.",
        "sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr"
        " sched_get_priority_max sched_get_priority_min sched_rr_get_interval getcpu",
    ),
    Group(
        "Signals. tkill, tgkill and pidfd_send_signal name one target and give no power that kill"
        " has not; asyncio and subprocess wait on pidfds.",
        "rt_sigaction rt_sigprocmask rt_sigpending rt_sigreturn rt_sigsuspend rt_sigtimedwait"
        " sigaltstack pause tkill tgkill pidfd_open pidfd_send_signal",
    ),
    Group(
        "Waiting and events, on descriptors that one has.",
        "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait"
        " epoll_pwait2 eventfd eventfd2 signalfd signalfd4",
    ),
    Group(
        "Clocks, read only, and timers: they signal the process that made them and nobody else.",
        "time gettimeofday clock_gettime clock_getres nanosleep clock_nanosleep alarm getitimer"
        " setitimer timer_settime timer_gettime timer_getoverrun timer_delete"
        " timerfd_create timerfd_settime timerfd_gettime",
    ),
    Group("Facts about the system, and random bytes.", "uname sysinfo getrandom"),
    Group(
        "Talk over a local pair. A stream or seqpacket pair sends to its other end only, whatever"
        " address a message carries; passing descriptors stays inside.",
        "sendto sendmsg recvfrom recvmsg recvmmsg shutdown getsockname getpeername getsockopt",
    ),
    Group(
        "A session adds a Landlock layer of its own. They only restrict.",
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self",
    ),
)

# asm-generic/mman-common.h: MAP_SHARED (and its VALIDATE), MAP_ANONYMOUS, MAP_HUGETLB
_MAP_SHARED, _MAP_ANONYMOUS, _MAP_HUGETLB = 0x1, 0x20, 0x40000

# linux/sched.h: all that threads, fork, vfork and posix_spawn use (VM FS FILES SIGHAND PIDFD VFORK
# THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID DETACHED CHILD_SETTID). Every other bit but
# those of the exit signal is refused: NEW*, also NEWTIME; PARENT, PTRACE, UNTRACED, IO.
_CLONE_FLAGS = 0x017D5F00
_SIGCHLD = 17

_SELF = (0,)
_S_IFMT, _S_IFREG, _S_IFIFO = 0xF000, 0x8000, 0x1000
_AF_UNIX, _SOCK_TYPE_MASK, _SOCK_STREAM, _SOCK_SEQPACKET = 1, 0xF, 1, 5
_F_SETFL, _O_ASYNC = 4, 0x2000

# fcntl.h: DUPFD GETFD SETFD GETFL, GETLK SETLK SETLKW, GETOWN GETSIG, OFD_GETLK OFD_SETLK
# OFD_SETLKW, GETLEASE, DUPFD_QUERY CREATED_QUERY DUPFD_CLOEXEC, GETPIPE_SZ, GET_SEALS
_FCNTL = (0, 1, 2, 3, 5, 6, 7, 9, 11, 36, 37, 38, 1025, 1027, 1028, 1030, 1032, 1034)

# ioctls.h: TCGETS TIOCGPGRP TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX FIOQSIZE TCGETS2
_IOCTL = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x5460, 0x802C542A)

# linux/prctl.h: SET_PDEATHSIG GET_PDEATHSIG GET_DUMPABLE SET_DUMPABLE GET_KEEPCAPS SET_NAME
# GET_NAME GET_SECCOMP SET_SECCOMP CAPBSET_READ GET_TSC GET_SECUREBITS SET_TIMERSLACK GET_TIMERSLACK
# GET_CHILD_SUBREAPER SET_NO_NEW_PRIVS GET_NO_NEW_PRIVS SET_THP_DISABLE GET_THP_DISABLE SVE_GET_VL
# GET_SPECULATION_CTRL GET_TAGGED_ADDR_CTRL SME_GET_VL GET_MDWE GET_MEMORY_MERGE GET_AUXV SET_VMA
PRCTL = (
    1, 2, 3, 4, 7, 15, 16, 21, 22, 23, 25, 27, 29, 30, 37, 38, 39, 41, 42, 51, 52, 56, 64, 66, 68,
    0x41555856, 0x53564D41,
)

# asm/prctl.h: SET_GS SET_FS GET_FS GET_GS GET_CPUID GET_XCOMP_SUPP GET_XCOMP_PERM REQ_XCOMP_PERM
# SHSTK_STATUS
_ARCHPRCTL = (0x1001, 0x1002, 0x1003, 0x1004, 0x1011, 0x1021, 0x1022, 0x1023, 0x5005)

# asm-generic/socket.h at SOL_SOCKET: REUSEADDR KEEPALIVE LINGER PASSCRED RCVTIMEO SNDTIMEO, the
# last two also with 64-bit times
_SOL_SOCKET, _SOCKET_OPTIONS = 1, (2, 9, 13, 16, 20, 21, 66, 67)

# linux/seccomp.h
_SECCOMP_SET_MODE_FILTER, _SECCOMP_GET_ACTION_AVAIL = 1, 2
_SECCOMP_FLAGS_REFUSED = ALL_BITS & ~(0x1 | 0x10)

RULES: Tuple[Rule, ...] = (
    Rule(
        "No shared memory without a file: unmapped but for one page, or dropped by MADV_DONTNEED, it"
        " stays, and no rlimit, no quota and no resident size sees it. Files in /dev/shm have the"
        " quota. No huge pages: they come from a store of the host's that is not counted either.",
        "mmap", EPERM,
        ((Check(3, (_MAP_SHARED | _MAP_ANONYMOUS,), _MAP_SHARED | _MAP_ANONYMOUS, among=False),
          Check(3, (0,), _MAP_HUGETLB)),),
    ),
    Rule(
        "No new namespaces; no child that another process has to wait for (CLONE_PARENT); a parent"
        " hears of an end by SIGCHLD or not at all, so that an end is no way to send SIGKILL.",
        "clone", EPERM,
        ((Check(0, (0, _SIGCHLD), ALL_BITS & ~_CLONE_FLAGS),),),
    ),
    Rule(
        "kill(-1) would take the stand-by of the savepoint with it.",
        "kill", EPERM, ((Check(0, (0xFFFFFFFF,), among=False),),),
    ),
    Rule(
        "Another process's limits are not the session's: RLIMIT_CPU=1 ends a keeper.",
        "prlimit64", EPERM, ((Check(0, _SELF),),),
    ),
    Rule(
        "The priority of the calling process only: a group or a user would include the keeper.",
        "setpriority", EPERM,
        ((Check(0, (0,)), Check(1, _SELF)),),
    ),
    Rule("As setpriority.", "ioprio_set", EPERM, ((Check(0, (1,)), Check(1, _SELF)),)),
    Rule(
        "The scheduling class of the calling thread only.",
        "sched_setparam sched_setscheduler sched_setattr", EPERM,
        ((Check(0, _SELF),),),
    ),
    Rule(
        "The CPU limit is an affinity: the session must not widen its own.",
        "sched_setaffinity", EPERM, (),
    ),
    Rule(
        "Descriptor flags and locks. Refused with the rest: F_SETSIG, F_SETOWN, F_SETOWN_EX and"
        " O_ASYNC send signals past the rule of kill; F_SETLEASE and F_NOTIFY too, and a lease"
        " stops others from opening; F_SETPIPE_SZ makes memory that no quota counts.",
        "fcntl", EPERM,
        (
            (Check(1, _FCNTL),),
            (Check(1, (_F_SETFL,)), Check(2, (0,), _O_ASYNC)),
        ),
    ),
    Rule(
        "What isatty, set_inheritable, setblocking ask. Drivers have thousands of others: TIOCSTI"
        " types for the user, FIOSETOWN and FIOASYNC send signals, pidfds hand out namespaces. As"
        " far as the session sees, no descriptor has them.",
        "ioctl", ENOTTY, ((Check(1, _IOCTL),),),
    ),
    Rule(
        "What names, reads or restricts oneself. Refused with the rest: SET_MM, SET_PTRACER,"
        " SET_MEMORY_MERGE (shows other sandboxes' pages by timing), SET_SPECULATION_CTRL,"
        " SET_CHILD_SUBREAPER (orphans are the keeper's).",
        "prctl", EPERM,
        ((Check(0, PRCTL),),),
    ),
    Rule(
        "The thread pointer, and leave to use the matrix unit; an older kernel says EINVAL too.",
        "arch_prctl", EINVAL, ((Check(0, _ARCHPRCTL),),),
    ),
    Rule(
        "The query, and the normal one: the others switch off address randomisation and guards.",
        "personality", EPERM, ((Check(0, (0, 0xFFFFFFFF)),),),
    ),
    Rule(
        "Local pairs are the only sockets. No datagram pair: sendmsg on one takes any address, so"
        " it reaches sockets that connect() may not.",
        "socketpair", EACCES,
        ((Check(0, (_AF_UNIX,)), Check(1, (_SOCK_STREAM, _SOCK_SEQPACKET), _SOCK_TYPE_MASK)),),
    ),
    Rule(
        "Timeouts and credentials. Refused with the rest: buffer sizes, since no quota counts them,"
        " and filters, which are programs in the kernel.",
        "setsockopt", EPERM,
        ((Check(1, (_SOL_SOCKET,)), Check(2, _SOCKET_OPTIONS)),),
    ),
    Rule(
        "Regular files and FIFOs: no devices, no socket names.",
        "mknod", EPERM,
        ((Check(1, (0, _S_IFREG, _S_IFIFO), _S_IFMT),),),
    ),
    Rule("As mknod.", "mknodat", EPERM, ((Check(2, (0, _S_IFREG, _S_IFIFO), _S_IFMT),),)),
    Rule(
        "A further filter only restricts. Refused: a listener (a supervisor of system calls), a log"
        " in the host's records, and leave to speculate.",
        "seccomp", EPERM,
        (
            (Check(0, (_SECCOMP_SET_MODE_FILTER,)), Check(1, (0,), _SECCOMP_FLAGS_REFUSED)),
            (Check(0, (_SECCOMP_GET_ACTION_AVAIL,)),),
        ),
    ),
    Rule(
        "POSIX_FADV_DONTNEED drops the runtime's shared pages from the cache of all sandboxes.",
        "fadvise64", EPERM, ((Check(3, (4,), among=False),),),
    ),
)


REFUSED: Tuple[Refusal, ...] = (
    Refusal(
        "Their arguments lie in memory, where a filter cannot look: libraries fall back to clone"
        " and openat.",
        "clone3 openat2", ENOSYS,
    ),
    Refusal(
        "Asynchronous work in the kernel that no filter sees; the fallbacks are threads.",
        "io_uring_setup io_uring_enter io_uring_register io_setup io_submit io_cancel io_destroy"
        " io_getevents io_pgetevents",
        ENOSYS,
    ),
    Refusal(
        "Memory that no rlimit, no tmpfs quota and no sum of resident sizes sees.",
        "memfd_create memfd_secret", ENOSYS,
    ),
    Refusal(
        "The pipe tricks of Dirty Pipe; sendfile and copy_file_range serve those who copy.",
        "splice tee vmsplice", ENOSYS,
    ),
    Refusal(
        "Watches cost kernel memory that no quota counts, and on the runtime's shared files they"
        " tell what other sandboxes open. Watchers fall back to polling.",
        "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch", ENOSYS,
    ),
    Refusal(
        "A timer of any signal: SIGCONT would wake a session that was paused between executions.",
        "timer_create", ENOSYS,
    ),
    Refusal(
        "As on a kernel without NUMA, which libraries handle.",
        "mbind set_mempolicy get_mempolicy set_mempolicy_home_node migrate_pages move_pages",
        ENOSYS,
    ),
    Refusal(
        "Young or rare calls that nothing in the runtime needs; cachestat tells of shared pages.",
        "pkey_alloc pkey_free pkey_mprotect map_shadow_stack mseal futex_waitv futex_wake"
        " futex_wait futex_requeue cachestat statmount listmount lsm_get_self_attr"
        " lsm_set_self_attr lsm_list_modules",
        ENOSYS,
    ),
    Refusal(
        "Numbers without a call behind them: the kernel's own answer.",
        "_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg"
        " get_thread_area nfsservctl putpmsg query_module security set_thread_area tuxcall uselib"
        " vserver",
        ENOSYS,
    ),
    Refusal(
        "No sockets but local pairs; the keeper's channel is connected before its filter.",
        "socket connect bind listen accept accept4 sendmmsg", EACCES,
    ),
    Refusal(
        "Attributes live outside the byte quota and in no checkpoint: as on a filesystem that has"
        " none, which those who copy files handle.",
        "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr", ENOTSUP,
    ),
    Refusal(
        "Other processes: their memory, descriptors, identity; signals with a forged sender.",
        "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd"
        " kcmp get_robust_list rt_sigqueueinfo rt_tgsigqueueinfo",
        EPERM,
    ),
    Refusal(
        "Programs and hooks in the kernel, and its records.",
        "bpf perf_event_open userfaultfd add_key request_key keyctl fanotify_init fanotify_mark"
        " lookup_dcookie syslog init_module finit_module delete_module kexec_load kexec_file_load",
        EPERM,
    ),
    Refusal(
        "Namespaces, mounts and roots: what the jail is made of.",
        "unshare setns mount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount"
        " fspick pivot_root chroot name_to_handle_at open_by_handle_at",
        EPERM,
    ),
    Refusal(
        "The machine: its clock, names, quotas, swap, ports, filesystems.",
        "acct adjtimex clock_adjtime clock_settime settimeofday ioperm iopl quotactl quotactl_fd"
        " reboot sethostname setdomainname swapon swapoff sync syncfs sysfs ustat vhangup",
        EPERM,
    ),
    Refusal(
        "Privileges: there are none to use, and one id to be.",
        "capset setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups",
        EPERM,
    ),
    Refusal(
        "System V and POSIX queues, and memory that outlives its process.",
        "shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl"
        " mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr",
        EPERM,
    ),
    Refusal(
        "Pages that may not be reclaimed, and page tables of the old kind.",
        "mlock mlock2 mlockall munlock munlockall remap_file_pages modify_ldt", EPERM,
    ),
)

# No call that the policy knows has this number: it is younger than the policy, or none at all.
UNKNOWN_NUMBER_ANSWER = ENOSYS
