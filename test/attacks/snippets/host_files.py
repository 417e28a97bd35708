import stat
import sys

# Every way that is known to lead out of a root; PARAMETERS: the host's file and an own one.
secret, own = PARAMETERS["secret"], PARAMETERS["own"]
ways = {
    "its path": secret,
    "the root of process 1": "/proc/1/root" + secret,
    "the own root": "/proc/self/root/../../.." + secret,
    "the working directory": "/proc/self/cwd/../../../.." + secret,
    "where the old root was": "/mnt/old" + secret,
    "where the sandbox was made": "/mnt/sandbox" + secret,
    "a thread of process 1": "/proc/1/task/1/root" + secret,
}
opened = {way: attempt(lambda: os.close(os.open(path, os.O_RDONLY)))
          for way, path in ways.items()}

below = []
for descriptor in range(64):
    for up in ("..", "../../../../.."):
        if attempt(lambda: os.open(up + secret, os.O_RDONLY, dir_fd=descriptor)) == "ok":
            below.append(descriptor)
        if attempt(os.chdir, "/proc/self/fd/%d" % descriptor) == "ok":
            below.append(descriptor)

handle = ctypes.create_string_buffer(b"\x80\0\0\0" + bytes(140))
by_call = {
    "name_to_handle_at": call("name_to_handle_at", -100, b"/usr", handle, handle, 0),
    "open_by_handle_at": call("open_by_handle_at", -1, handle, 0),
    "chroot": call("chroot", b"/tmp"),
    "pivot_root": call("pivot_root", b"/", b"/"),
    "hard link": attempt(os.link, "/usr/bin/env", "/workspace/linked"),
}

sockets = []
for folder, names, files in os.walk("/"):
    if folder.count("/") > 3:
        names.clear()
    for path in (os.path.join(folder, name) for name in files if not folder.startswith("/proc/")):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            sockets.append(path)
handle = b"/proc/self/fd/6"  # where the zygotes have the engine's socket
engine = {"sockets": sockets, "connect": call("connect", 3, b"\x01\0" + handle + b"\0", 30)}

writable = []
for folder, names, _ in os.walk("/"):
    if folder.count("/") > 3:
        names.clear()
    if attempt(lambda: os.close(os.open(folder + "/planted", os.O_CREAT | os.O_WRONLY))) == "ok":
        os.unlink(folder + "/planted")
        if not folder.startswith(tuple(writable) or "?"):
            writable.append(folder)
tampered = {
    "chmod": attempt(os.chmod, sys.executable, 0o777),
    "utime": attempt(os.utime, sys.executable),
    "rename": attempt(os.rename, "/usr/bin/env", "/usr/bin/env2"),
    "truncate": attempt(os.truncate, "/usr/bin/env", 0),
    "chmod a device": attempt(os.chmod, "/dev/null", 0),
}
set_id = os.stat("/workspace").st_mode & (stat.S_ISUID | stat.S_ISGID)

with open(own) as stream:
    say({"own": stream.read(), "opened": opened, "below": below, "by_call": by_call,
         "engine": engine, "writable": sorted(writable), "tampered": tampered})
