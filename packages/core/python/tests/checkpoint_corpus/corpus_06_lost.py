from . import Corpus

corpus = Corpus("What cannot be carried")
lost = corpus.lost

lost("a generator under way", "x = (i for i in range(9)); next(x)", "frame")
lost("a generator that has not begun", "def g():\n    yield 1\nx = g()", "frame")
lost("a coroutine", "async def f(): pass\nx = f()", "frame")
lost("an asynchronous generator", "async def f():\n    yield 1\nx = f()", "frame")
lost("a frame", "import sys; x = sys._getframe()", "frame")
lost("a traceback", "try: 1 / 0\nexcept ZeroDivisionError as e: x = e.__traceback__", "frames")
lost("a thread that has ended", "import threading; x = threading.Thread(target=len, args=('',)); x.start(); x.join()", "thread")
lost("a lock that is held again and again", "import threading; x = threading.RLock(); x.acquire()", "holds it")
lost("a socket", "import socket; x = socket.socketpair()[0]", "pickle")
lost("a pipe", "import os; r, w = os.pipe(); x = os.fdopen(r)", "no name")
lost("a process that runs", "import subprocess; x = subprocess.Popen(['sleep', '60'])\nimport signal", "child process")
lost("a file that was deleted", "import os; x = open('gone.txt', 'w'); os.remove('gone.txt')", "not there")
lost("a file whose name another has now", "import os; x = open('n.txt', 'w'); os.remove('n.txt'); open('n.txt', 'w').close()", "another file")
lost("a temporary file", "import tempfile; x = tempfile.TemporaryFile()", "no name")
lost("a hash under way", "import hashlib; x = hashlib.sha256(b'a')", "pickle")
lost("a compressor", "import zlib; x = zlib.compressobj()", "pickle")
lost("a mapped file", "import mmap; x = mmap.mmap(-1, 10)", "pickle")
lost("a queue of the C library", "import queue; x = queue.SimpleQueue()", "pickle")
lost("a task of an event loop", "import asyncio\nasync def f(): pass\nx = asyncio.create_task(f())\nawait x", "pickle")
lost("a CSV reader", "import csv; x = csv.reader(['a,b'])", "pickle")
lost("a directory listing under way", "import os; open('f', 'w').close(); x = os.scandir('.')", "pickle")
lost("a cursor of a database", "import sqlite3; c = sqlite3.connect(':memory:'); x = c.cursor()", "pickle")
lost("an object that refuses", "class C:\n    def __reduce__(self): raise TypeError('not me')\nx = C()", "TypeError: not me")
lost("an object that fails with SystemExit", "class C:\n    def __reduce__(self): raise SystemExit(1)\nx = C()", "SystemExit")
lost("a class of ctypes", "import ctypes\nclass x(ctypes.Structure):\n    _fields_ = [('x', ctypes.c_int)]", "made by C code")
lost("an object whose __reduce__ gives nonsense", "class C:\n    def __reduce__(self): return 5\nx = C()", "no tuple")
lost("an object that cannot be made again", "class C:\n    def __init__(self): self.a = 1\n    def __setstate__(self, s): raise ValueError('no way')\nx = C()", "ValueError: no way")
corpus.carried("an object in a set of its own, whose hash needs its state", "class C:\n    def __init__(self): self.k = 1; self.s = {self}\n    def __hash__(self): return hash(self.k)\nx = C()",
               "assert x.k == 1\ntry: len(x.s)\nexcept RuntimeError: pass\nelse: raise AssertionError", x="AttributeError")
lost("a part of a memoryview", "x = memoryview(b'abcdef')[2:4]", "part")
lost("a token of a context variable", "import contextvars; v = contextvars.ContextVar('v'); x = v.set(1)", "context")
corpus.carried("the rest of what holds a lost value", "g = (i for i in range(3)); next(g); d = {'a': 1, 'g': [g, 2]}; t = (g, 3)",
               "assert d['a'] == 1 and d['g'][1] == 2 and t[1] == 3 and d['g'][0] is t[0] is g\n"
               "if type(g).__name__ == 'LostValue':\n"
               "    for use in (next, len, iter, bool, str, lambda v: v.a, lambda v: v(), lambda v: v + 1, lambda v: 1 + v, lambda v: v[0], lambda v: v == 1, lambda v: f'{v}'):\n"
               "        try: use(g)\n"
               "        except RuntimeError as e: assert type(e).__name__ == 'LostValueError' and 'generator' in str(e)\n"
               "        else: raise AssertionError\n"
               "    assert 'lost generator' in repr(g) and g is t[0] and {g: 1}[g] == 1",
               g="frame")
