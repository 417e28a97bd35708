# Swaps what a name stands for, as fast as it can, until it is killed. PARAMETERS: which swap.
import itertools

FOREIGN = os.path.dirname(json.__file__)
os.makedirs("mine", exist_ok=True)
for path in ("mine/__init__.py", "regular", "growing"):
    with open(path, "w") as stream:
        stream.write("mine")


def swap_folder():
    """`place` is the own folder, then a link to one of the runtime's."""
    os.symlink(FOREIGN, "link")
    for away in itertools.cycle(("mine", "link")):
        os.rename(away, "place")
        os.rename("place", away)


def swap_file():
    """`place` is a regular file, a FIFO, a link to a device, a folder."""
    os.mkfifo("fifo")
    os.symlink("/dev/zero", "endless")
    os.symlink(FOREIGN + "/__init__.py", "password")
    os.mkdir("folder")
    for away in itertools.cycle(("regular", "fifo", "endless", "password", "folder")):
        os.rename(away, "place")
        os.rename("place", away)


def grow():
    """A file that is longer and shorter all the time."""
    with open("growing", "wb") as stream:
        while True:
            stream.truncate(1 << 20)
            stream.truncate(1)


say("started")
{"folder": swap_folder, "file": swap_file, "size": grow}[PARAMETERS["what"]]()
