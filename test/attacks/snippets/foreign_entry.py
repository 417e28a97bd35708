# Machine code in memory that may be written and run: each piece in a child of its own.
PROT_ALL, PRIVATE_ANONYMOUS = 7, 0x22
GETPID_64, GETPID_X32, GETPID_32 = 39, 0x40000000 + 39, 20


def run(code):
    """How a child that runs the code ends: its exit code, or the signal as a negative number."""
    child = os.fork()
    if child == 0:
        place = call("mmap", 0, 4096, PROT_ALL, PRIVATE_ANONYMOUS, -1, 0)
        ctypes.memmove(place, code, len(code))
        result = ctypes.CFUNCTYPE(ctypes.c_int)(place)()
        os._exit(0 if result == os.getpid() else 99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def entry(instruction, number):
    """mov eax, number; the instruction; ret"""
    return b"\xb8" + number.to_bytes(4, "little") + instruction + b"\xc3"


SYSCALL, INT_80 = b"\x0f\x05", b"\xcd\x80"
say({"x86-64": run(entry(SYSCALL, GETPID_64)), "x32": run(entry(SYSCALL, GETPID_X32)),
     "i386": run(entry(INT_80, GETPID_32))})
