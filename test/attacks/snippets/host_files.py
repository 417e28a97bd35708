import stat
import sys

# Every way that is known to lead out of a root; PARAMETERS: the host's file and an own one.
secret, own = PARAMETERS["secret"], PARAMETERS["own"]
ways = {
    "its path": secret,
    "the root of process 1": "/proc/1/root" + secret,
    "the own root": "/proc/self/root/../../.." + secret,
    "the working directory": "/proc/self/cwd/../../../../../../../../.." + secret,
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
    "chroot": call("chroot", b"."),
    "pivot_root": call("pivot_root", b"/", b"/"),
    "hard link": attempt(os.link, "/usr/bin/env", "linked"),
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

# By name where folders cannot be listed, and every folder that can be.
named = ["/", "/bin", "/boot", "/dev", "/dev/shm", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/root", "/run", "/srv",
         "/tmp", "/usr", "/usr/lib", "/usr/local", "/var", "/var/tmp", os.getcwd(), os.environ["TMPDIR"],
         os.path.dirname(os.getcwd()), os.path.dirname(os.path.dirname(os.getcwd())), os.path.dirname(secret)]
listed = [folder for top in ("/", "/usr", "/dev", "/proc", sys.prefix)
          for folder, names, _ in os.walk(top) if folder.count("/") < 5 or names.clear()]
writable = []
for folder in sorted({os.path.realpath(one) for one in named + listed}):
    if attempt(lambda: os.close(os.open(folder + "/planted", os.O_CREAT | os.O_WRONLY))) == "ok":
        os.unlink(folder + "/planted")
        if not folder.startswith(tuple(writable) or "?"):
            writable.append(folder)
tampered = {
    "chmod the secret": attempt(os.chmod, secret, 0o600), "utime the secret": attempt(os.utime, secret, (1, 1)),
    "chown the secret": attempt(os.chown, secret, -1, os.getgid()),
    "fchmodat": call("fchmodat", -100, secret.encode(), 0o600),
    "fchownat": call("fchownat", -100, secret.encode(), -1, os.getgid(), 0),
    "utimensat": call("utimensat", -100, secret.encode(), ctypes.create_string_buffer(32), 0),
    # Anybody may do this to a file that all may write, if not kept from it: asked where it is the user's own.
    "now by name": call("utimensat", -100, secret.encode(), 0, 0) if os.path.exists(secret) and os.stat(secret).st_uid == os.getuid() else "EPERM",
    "truncate the secret": attempt(os.truncate, secret, 0), "truncate": call("truncate", secret.encode(), 0),
    "cut the secret": attempt(lambda: os.close(os.open(secret, os.O_RDONLY | os.O_TRUNC))),
    "cut it by no mode": attempt(lambda: os.close(os.open(secret, 3 | os.O_TRUNC))),
    "remove the secret": attempt(os.remove, secret),
    "rename the secret": attempt(os.rename, secret, "taken"),
    "link to the secret": attempt(os.link, secret, "taken"),
    "chmod": attempt(os.chmod, sys.executable, 0o777),
    "utime": attempt(os.utime, sys.executable),
    "rename": attempt(os.rename, "/usr/bin/env", "/usr/bin/env2"),
    "truncate a program": attempt(os.truncate, "/usr/bin/env", 0),
    "chmod a device": attempt(os.chmod, "/dev/null", 0),
}
with open(own) as stream:
    say({"own": stream.read(), "opened": opened, "below": below, "by_call": by_call,
         "engine": engine, "writable": sorted(writable), "tampered": tampered})
