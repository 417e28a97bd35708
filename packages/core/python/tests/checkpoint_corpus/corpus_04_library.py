from . import Corpus

corpus = Corpus("The standard library")
carried = corpus.carried

carried("modules and aliases", "import json, os.path as p, xml.etree.ElementTree as ET, xml, collections.abc, sys",
        "import json as j2, os, xml.etree.ElementTree, sys as s2\nassert json is j2 and p is os.path and ET is xml.etree.ElementTree and collections.abc.Mapping and sys is s2 and sys.modules['json'] is json")
carried("modules of the workspace", "open('tool.py', 'w').write('import json\\nn = 1\\nitems = []\\nclass K:\\n    pass\\ndef bump():\\n    global n\\n    n += 1\\n    return n\\n')\nimport tool\nfrom tool import bump\ntool.items.append(5); bump(); k = tool.K(); tool.extra = k\nkept = open('tool.py').read()",
        "assert tool.n == 2 and bump() == 3 and tool.n == 3 and tool.items == [5] and bump is tool.bump and type(k) is tool.K and tool.extra is k\nimport sys; assert sys.modules['tool'] is tool and tool.bump.__globals__ is vars(tool) and tool.json is __import__('json')")
carried("packages of the workspace", "import os\nos.makedirs('pack'); open('pack/__init__.py', 'w').write('from .part import f\\n'); open('pack/part.py', 'w').write('def f(): return 1\\n')\nimport pack.part",
        "import pack, sys; assert pack.f() == 1 and pack.part.f is pack.f and sys.modules['pack.part'] is pack.part and pack.__name__ == 'pack'")
carried("modules made by the code", "import types, sys\nm = types.ModuleType('made', 'Doc.'); m.v = [1]; exec('def f(): return v', m.__dict__); sys.modules['made'] = m",
        "import made; assert made is m and m.f() == [1] and m.f.__globals__ is m.__dict__ and m.__doc__ == 'Doc.'")
carried("collections", "from collections import *\nd, o, c, q, m = defaultdict(list, a=[1]), OrderedDict(b=1, a=2), Counter('aab'), deque([1, 2], 3), ChainMap({'a': 1}, {'b': 2})\nu = UserDict(a=1); f = defaultdict(lambda: d)",
        "d['x'].append(1); assert d == {'a': [1], 'x': [1]} and list(o) == ['b', 'a'] and c['a'] == 2 and q.maxlen == 3 and m['b'] == 2 and u['a'] == 1 and f['q'] is d")
carried("array", "import array\na = array.array('d', [1.5, 2]); b = array.array('i', range(50_000))", "assert a.typecode == 'd' and list(a) == [1.5, 2] and b[49_999] == 49_999 and len(b) == 50_000")
carried("decimals and fractions", "from decimal import Decimal\nfrom fractions import Fraction\na, b, c = Decimal('1.10'), Fraction(1, 3), Decimal('NaN')", "assert str(a) == '1.10' and b * 3 == 1 and c.is_nan()")
carried("dates and times", "import datetime as d\na = d.datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=d.timezone(d.timedelta(hours=2), 'X')); b, c, e = d.date(2020, 1, 1), d.time(1, 2, fold=1), d.timedelta(days=1, microseconds=3)",
        "assert a.isoformat() == '2024-02-29T01:02:03.000004+02:00' and a.tzname() == 'X' and b.year == 2020 and c.fold == 1 and e.microseconds == 3 and d.timezone.utc is d.timezone.utc")
carried("zoneinfo", "from zoneinfo import ZoneInfo\nfrom datetime import datetime, timedelta, timezone\nz = timezone(timedelta(hours=1))\ntry: z = ZoneInfo('Europe/Vienna')\nexcept Exception: pass\na = datetime(2024, 7, 1, tzinfo=z)", "assert a.tzinfo is z and a.utcoffset() is not None")
carried("regular expressions", "import re\np = re.compile(r'(?P<a>\\d+)-(\\w)', re.I)", "assert p.match('12-X').group('a') == '12' and p.flags & re.I")
carried("matches", "import re\nm = re.search(r'(\\d)(x)?', 'ab7c'); n = re.compile('b').match('abc', 1); f = list(re.finditer('a', 'banana'))[2]; w = re.fullmatch('a+', 'aaa')", "assert m.group() == '7' and m.span() == (2, 3) and m.group(2) is None and n.start() == 1 and n.pos == 1 and f.start() == 5 and w.end() == 3 and m.re.pattern == r'(\\d)(x)?'")
carried("paths", "from pathlib import Path, PurePosixPath\np, q = Path('a/b.txt'), PurePosixPath('/x')", "assert p.suffix == '.txt' and p == Path('a/b.txt') and str(q) == '/x'")
carried("uuid, ipaddress", "import uuid, ipaddress\nu, i, n = uuid.UUID(int=5), ipaddress.ip_address('::1'), ipaddress.ip_network('10.0.0.0/8')", "assert u.int == 5 and i.is_loopback and ipaddress.ip_address('10.1.1.1') in n")
carried("StringIO and BytesIO, with their place", "import io\ns, b = io.StringIO('abc\\n'), io.BytesIO(b'xyz'); s.read(1); b.seek(2)", "assert s.read() == 'bc\\n' and b.read() == b'z' and s.getvalue() == 'abc\\n'")
carried("struct, string templates, textwrap", "import struct, string, textwrap\ns, t, w = struct.Struct('<iH'), string.Template('$a'), textwrap.TextWrapper(width=9)", "assert s.size == 6 and s.pack(1, 2) == b'\\1\\0\\0\\0\\2\\0' and t.substitute(a=1) == '1' and w.width == 9")
carried("SimpleNamespace, types of types", "from types import SimpleNamespace\nn = SimpleNamespace(a=[1]); n.self = n", "assert n.a == [1] and n.self is n")
carried("element trees", "import xml.etree.ElementTree as E\nt = E.fromstring('<a x=\"1\"><b>t</b></a>'); b = t[0]", "assert t.get('x') == '1' and t.find('b') is b and E.tostring(t) == b'<a x=\"1\"><b>t</b></a>'")
carried("syntax trees", "import ast\nt = ast.parse('a + 1')", "assert ast.dump(t) == ast.dump(ast.parse('a + 1'))")
carried("locks, conditions, events, semaphores", "import threading as t\na, b, c, e, s = t.Lock(), t.RLock(), t.Condition(), t.Event(), t.Semaphore(2); e.set(); a.acquire(); s.acquire(); x = [a, c]",
        "assert a.locked() and x[0] is a and e.is_set() and s.acquire(blocking=False) and not s.acquire(blocking=False)\nwith b, c: c.notify()\na.release(); assert not a.locked()")
carried("queues", "import queue\nq = queue.Queue(5); q.put(1); q.put([2])", "assert q.get() == 1 and q.get() == [2] and q.maxsize == 5 and q.empty()")
carried("thread-local data of the main thread", "import threading\nl = threading.local(); l.a = [1]", "assert l.a == [1]")
carried("futures that are done", "from concurrent.futures import Future\nf = Future(); f.set_result([1])", "assert f.done() and f.result() == [1]")
carried("asyncio's queues, events and locks", "import asyncio\nq, e, l = asyncio.Queue(), asyncio.Event(), asyncio.Lock()\nawait q.put(1)\ne.set()", "assert await q.get() == 1 and e.is_set()\nasync with l: pass", since=(3, 10))
carried("context variables, with value and default", "import contextvars\nv = contextvars.ContextVar('v', default=1); w = contextvars.ContextVar('w'); w.set([5]); c = contextvars.copy_context()", "assert v.get() == 1 and w.get() == [5] and c[w] is w.get() and w.name == 'w'")
carried("ExitStack", "import contextlib\nlog = []; s = contextlib.ExitStack(); s.callback(log.append, 1)", "s.close(); assert log == [1]")
carried("random generators", "import random\nr = random.Random(5); r.random(); t = random.Random(5); t.setstate(r.getstate()); s = random.SystemRandom()", "assert [r.random(), r.gauss(0, 1)] == [t.random(), t.gauss(0, 1)] and 0 <= s.random() < 1")
carried("sqlite3 in memory", "import sqlite3\nc = sqlite3.connect(':memory:'); c.row_factory = sqlite3.Row; c.execute('create table t(a, b)'); c.executemany('insert into t values (?, ?)', [(1, 'x'), (2, b'y')]); c.commit()", "r = c.execute('select * from t order by a').fetchall(); assert r[0]['b'] == 'x' and r[1][1] == b'y'; c.execute('insert into t values (3, 4)'); c.commit()")
carried("sqlite3 with an open transaction", "import sqlite3\nc = sqlite3.connect(':memory:'); c.execute('create table t(a)'); r = c.execute('insert into t values (1)').rowcount; r", "assert c.execute('select a from t').fetchall() == [(1,)]", c="transaction")
carried("sqlite3 of a file of the workspace", "import sqlite3\nc = sqlite3.connect('d.db'); c.execute('create table t(a)'); c.execute('insert into t values (7)'); c.commit()", "assert c.execute('select a from t').fetchall() == [(7,)]")
carried("configuration, argument parsers, CSV dialects", "import configparser, argparse\nc = configparser.ConfigParser(); c.read_string('[a]\\nb = 1'); p = argparse.ArgumentParser('p'); p.add_argument('--x', type=int, default=3)", "assert c['a']['b'] == '1' and p.parse_args(['--x', '5']).x == 5 and p.parse_args([]).x == 3")
carried("loggers and their settings", "import logging, io\nout = io.StringIO(); log = logging.getLogger('mine'); log.setLevel(logging.DEBUG); h = logging.StreamHandler(out); h.setFormatter(logging.Formatter('%(levelname)s %(message)s')); log.addHandler(h); log.propagate = False; logging.getLogger().setLevel('ERROR')", "log.debug('hi'); assert out.getvalue() == 'DEBUG hi\\n' and log.handlers == [h] and logging.getLogger('mine') is log and logging.root.level == logging.ERROR")
carried("unittest.mock, doctest, dataclass sentinels", "from unittest import mock\nimport dataclasses, inspect\nm = mock.sentinel.thing; s = [dataclasses.MISSING, inspect.Parameter.empty]", "assert m is mock.sentinel.thing and s[0] is dataclasses.MISSING and s[1] is inspect.Parameter.empty")
carried("signatures", "import inspect\ndef f(a, *, b: int = 1): pass\ns = inspect.signature(f)", "assert str(s) == '(a, *, b: int = 1)'")
carried("subprocess results", "import subprocess, sys\nr = subprocess.CompletedProcess(['x'], 3, 'out', '')", "assert r.returncode == 3 and r.stdout == 'out'")
carried("heaps, bisected lists, email messages", "import heapq, email.message\nh = [3, 1]; heapq.heapify(h); m = email.message.EmailMessage(); m['Subject'] = 's'; m.set_content('b')", "assert h[0] == 1 and m['Subject'] == 's' and m.get_content() == 'b\\n'")
carried("os.stat_result, struct_time", "import os, time\ns, t = os.stat('.'), time.gmtime(0)", "assert s.st_mode and s[0] == s.st_mode and t.tm_year == 1970")
