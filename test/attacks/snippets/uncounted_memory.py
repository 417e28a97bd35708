import mmap
import socket

MIB = 1024 * 1024
SHARED, PRIVATE, SHARED_VALIDATE, ANONYMOUS, HUGETLB = 1, 2, 3, 0x20, 0x40000
READ_WRITE = 3


def map_memory(flags, descriptor=-1):
    result = call("mmap", 0, 2 * MIB, READ_WRITE, flags, descriptor, 0)
    return result if isinstance(result, str) else "ok"


def writable_zero():
    os.close(os.open("/dev/zero", os.O_RDWR))


def shared_file(path):
    with open(path, "w+b") as stream:
        stream.truncate(MIB)
        with mmap.mmap(stream.fileno(), MIB) as memory:
            memory[:4] = b"kept"
        stream.seek(0)
        assert stream.read(4) == b"kept"


with open("/dev/zero", "rb") as zero:
    zeros = zero.read(4) == bytes(4)
say({
    "works": {"private": map_memory(PRIVATE | ANONYMOUS), "shared file": attempt(shared_file, os.environ["TMPDIR"] + "/file"),
              "reading zeros": "ok" if zeros else "no"},
    "refused": {"shared": map_memory(SHARED | ANONYMOUS),
                "shared, validated": map_memory(SHARED_VALIDATE | ANONYMOUS),
                "huge pages": map_memory(PRIVATE | ANONYMOUS | HUGETLB),
                "System V": call("shmget", 4711, 4096, 0o1600)},
    "shared memory": attempt(shared_file, "/dev/shm/file"),
    "memfd": call("memfd_create", b"memory", 0), "zero": attempt(writable_zero),
    "larger pipe": attempt(lambda: __import__("fcntl").fcntl(os.pipe()[0], 1031, MIB)),
    "larger buffer": attempt(lambda: socket.socketpair()[0].setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, MIB)),
    "attribute": attempt(os.setxattr, ".", "user.name", b"x" * 1000),
})
