from . import Corpus

corpus = Corpus("Open files and the state of the process")
carried = corpus.carried

carried("a file open for reading, at its place", "w = open('a.txt', 'w', newline=''); w.write('one\\r\\ntwo\\r\\nthree\\n'); w.close()\nf = open('a.txt'); g = open('a.txt', newline='', encoding='latin-1'); f.readline(); g.readline()", "assert f.readline() == 'two\\n' and g.readline() == 'two\\r\\n' and g.encoding == 'latin-1' and f.name == 'a.txt' and f.mode == 'r'; f.seek(0); assert f.read() == 'one\\ntwo\\nthree\\n'")
carried("a binary file, and what is under a text file", "open('a.bin', 'wb').write(bytes(range(200)))\nf = open('a.bin', 'rb'); f.read(10); t = open('a.bin', encoding='latin-1'); b = t.buffer", "assert f.read(2) == b'\\n\\x0b' and f.tell() == 12 and t.buffer is b and t.read(1) == '\\0'")
carried("a file open for writing, with what waits to be written", "f = open('o.txt', 'w'); f.write('abc\\n'); f.flush(); f.write('d\\u00e9f\\n'); g = open('o.bin', 'wb'); g.write(b'12'); g.flush(); g.write(b'34')", "assert open('o.txt').read() == 'abc\\n'; f.write('g'); f.flush(); assert open('o.txt', encoding='utf-8').read() == 'abc\\ndéf\\ng'; g.flush(); assert open('o.bin', 'rb').read() == b'1234'")
carried("a file open for appending", "open('l.txt', 'w').write('1\\n')\nf = open('l.txt', 'a')\nf.write('2\\n')", "f.write('3\\n'); f.close(); assert open('l.txt').read() == '1\\n2\\n3\\n'")
carried("an unbuffered file open for reading and writing", "f = open('r.bin', 'w+b', buffering=0); f.write(b'abcdef'); f.seek(2)", "assert f.read(2) == b'cd'; f.write(b'X'); f.seek(0); assert f.read() == b'abcdXf'")
carried("closed files", "f = open('c.txt', 'w'); f.close(); b = open('c.txt', 'rb'); b.close()", "assert f.closed and f.name == 'c.txt' and f.mode == 'w' and b.closed and b.name == 'c.txt'")
carried("the standard streams", "import sys\no, e, i = sys.stdout, sys.stderr, sys.stdin", "assert o is sys.stdout and e is sys.stderr and i is sys.stdin")
carried("the working directory", "import os; os.mkdir('sub'); os.chdir('sub'); kept = os.path.basename(os.getcwd())", "assert os.path.basename(os.getcwd()) == 'sub' == kept")
carried("environment variables", "import os; os.environ['ADDED'] = 'x'; gone = os.environ.pop('HOME', None); e = os.environ", "assert os.environ['ADDED'] == 'x' and 'HOME' not in os.environ and e is os.environ and os.getenv('ADDED') == 'x'")
carried("the time zone", "import os, time; os.environ['TZ'] = 'XYZ-3'; time.tzset()", "assert time.tzname[0] == 'XYZ' and time.localtime(0).tm_hour == 3")
carried("the import path", "import sys; sys.path.append('/nowhere'); sys.path.insert(0, 'lib')", "assert sys.path[-1] == '/nowhere' and sys.path[0] == 'lib' and sys.path[1] == ''")
carried("names added to builtins", "import builtins; builtins.mine = lambda: 5", "assert mine() == 5")
carried("limits and switches of the interpreter", "import sys, gc; sys.setrecursionlimit(2345); gc.disable(); gc.set_threshold(9, 8, 7); sys.argv = ['me', '1']", "assert sys.getrecursionlimit() == 2345 and not gc.isenabled() and gc.get_threshold()[0] == 9 and sys.argv == ['me', '1']")
carried("signal handlers", "import signal\nlog = []\nsignal.signal(signal.SIGUSR1, lambda n, f: log.append(n))", "signal.raise_signal(signal.SIGUSR1); assert log == [signal.SIGUSR1]")
carried("the random stream", "import random; random.seed(4); random.gauss(0, 1); r = random.Random(4); r.gauss(0, 1); from random import randint, shuffle", "assert (random.random(), random.gauss(0, 1)) == (r.random(), r.gauss(0, 1)) and randint.__self__ is random._inst")
carried("the decimal context", "import decimal; decimal.getcontext().prec = 7; decimal.getcontext().traps[decimal.Inexact] = False; decimal.getcontext().rounding = 'ROUND_UP'", "assert str(decimal.Decimal(1) / 3) == '0.3333334' and decimal.getcontext().prec == 7")
carried("warnings filters", "import warnings; warnings.simplefilter('error', UserWarning)", "try: warnings.warn('x')\nexcept UserWarning: pass\nelse: raise AssertionError")
carried("the locale", "import locale; before = locale.setlocale(locale.LC_ALL, 'C')", "assert locale.setlocale(locale.LC_ALL) == 'C'")
