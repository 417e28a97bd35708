/** Ways to die: what code does to its own sandbox, and what an execution says of it. */
import type { ExecutionStatus, Language } from '@belljar/core';

export interface Death {
  name: string;
  status: ExecutionStatus;
  code: string;
  timeoutMs?: number;
}

const python: Death[] = [
  {
    name: 'segmentation fault by ctypes',
    status: 'crashed',
    code: 'import ctypes; ctypes.string_at(0)',
  },
  { name: 'os._exit(3)', status: 'crashed', code: 'os._exit(3)' },
  { name: 'os.abort()', status: 'crashed', code: 'os.abort()' },
  { name: 'kills its own process', status: 'crashed', code: 'os.kill(os.getpid(), 9)' },
  { name: 'kill(0): its process group', status: 'crashed', code: 'os.kill(0, 9)' },
  {
    name: 'stack overflow in C',
    status: 'crashed',
    code: `import ctypes, sys
sys.setrecursionlimit(10**9)
f = ctypes.CFUNCTYPE(None)(lambda: f())
f()`,
  },
  { name: 'endless recursion', status: 'error', code: 'def f(): f()\nf()' },
  {
    name: 'recursion in __repr__ of the result',
    status: 'ok',
    code: 'class R:\n  def __repr__(self): return repr(self)\nR()',
  },
  { name: 'sys.exit()', status: 'error', code: 'import sys; sys.exit(3)' },
  { name: 'endless loop', status: 'timeout', code: 'while True: pass', timeoutMs: 200 },
  {
    name: 'endless loop that catches every exception',
    status: 'timeout',
    code: 'while True:\n  try:\n    time.sleep(9)\n  except BaseException: pass',
    timeoutMs: 200,
  },
  {
    name: 'endless C call',
    status: 'timeout',
    code: 'sum(iter(int, 1))',
    timeoutMs: 200,
  },
  {
    name: 'ignores all signals',
    status: 'timeout',
    code: `import signal
for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(n, signal.SIG_IGN)
while True: time.sleep(1)`,
    timeoutMs: 200,
  },
  {
    name: 'fork bomb',
    status: 'error',
    code: 'while True:\n  if os.fork() == 0: time.sleep(60)',
  },
  {
    name: 'thread bomb',
    status: 'error',
    code: 'import threading\nwhile True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
  },
  {
    name: 'many small processes that fill the memory',
    status: 'out-of-memory',
    code: `for n in range(8):
  if os.fork() == 0:
    block = bytearray(b'x' * 60_000_000)
    time.sleep(60)
time.sleep(60)`,
  },
  {
    name: 'memory by a list',
    status: 'error',
    code: 'a = []\nwhile True: a.append(bytes(1_000_000) + b"x")',
  },
  {
    name: 'memory by a file in /dev/shm',
    status: 'error',
    code: 'f = open("/dev/shm/a", "wb")\nwhile True: f.write(bytes(1_000_000))',
  },
  {
    name: 'output without end',
    status: 'timeout',
    code: 'while True: print("x" * 10_000)',
    timeoutMs: 300,
  },
  {
    name: 'files without end',
    status: 'error',
    code: 'n = 0\nwhile True:\n  n += 1\n  open("f%d" % n, "w").close()',
  },
  {
    name: 'one file without end',
    status: 'error',
    code: 'with open("f", "wb") as f:\n  while True: f.write(bytes(1_000_000))',
  },
  {
    name: 'a sparse file of 1 TB',
    status: 'error',
    code: 'open("f", "wb").truncate(10**12)',
  },
  {
    name: 'closes all its descriptors',
    status: 'crashed',
    code: 'os.closerange(0, 1000)',
  },
  {
    name: 'handler of SIGSEGV, and a fault',
    status: 'timeout',
    code: 'import signal, ctypes\nsignal.signal(signal.SIGSEGV, lambda *a: None)\nctypes.string_at(0)',
    timeoutMs: 300,
  },
  {
    name: 'gc callback that raises and one that never ends',
    status: 'timeout',
    code: `import gc
def never(*a):
  while True: time.sleep(1)
gc.callbacks.append(never)
gc.collect()`,
    timeoutMs: 200,
  },
  {
    name: 'sys.settrace that raises',
    status: 'error',
    code: 'import sys\ndef t(*a): raise RuntimeError("traced")\nsys.settrace(t)\ndef f(): pass\nf()',
  },
  {
    name: 'an exception that lies about itself',
    status: 'error',
    code: `class Liar(Exception):
  __class__ = property(lambda self: 1 / 0)
  def __str__(self): raise RuntimeError
  def __repr__(self): raise RuntimeError
raise Liar()`,
  },
  {
    name: 'an exception whose traceback is no text',
    status: 'error',
    code: 'e = ValueError(object())\ne.__notes__ = [1, object()]\nraise e',
  },
  {
    name: 'removes the interpreter’s own modules',
    status: 'error',
    code: 'import sys\nsys.modules.clear()\nraise ValueError',
  },
];

export const deaths: Partial<Record<Language, Death[]>> = { python };
