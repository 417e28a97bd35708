# Tries to change, through the memory that all forks of a zygote share, what another fork sees.
import ctypes

PROT_READ, PROT_WRITE, MAP_SHARED, MAP_PRIVATE = 1, 2, 1, 2
MADV_DONTNEED, MADV_REMOVE = 4, 9
regions = [line.split() for line in open("/proc/self/maps") if "memfd:preload" in line]
start, end = (int(word, 16) for word in regions[0][0].split("-"))
last = end - 4096  # beyond what the heap uses: a change there breaks nothing


def reopen():
    return os.open("/proc/self/map_files/%x-%x" % (start, end), os.O_RDWR)


def write(content):
    ctypes.memmove(last, content, len(content))
    return ctypes.string_at(last, len(content)).decode()


say({"regions": [words[1] for words in regions],
     "before": ctypes.string_at(last, 6).hex(),
     "own": write(b"marked"),
     "hole": attempt(lambda: call_or_raise("madvise", last, 4096, MADV_REMOVE)),
     "opened": attempt(reopen),
     "remapped": attempt(lambda: call_or_raise("mremap", last, 0, 4096, 1)),
     "kept": ctypes.string_at(last, 6).decode(),
     "descriptors": [os.readlink("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd")
                     if os.path.lexists("/proc/self/fd/" + name)]})
