from . import Corpus

corpus = Corpus("Built-in values")
carried = corpus.carried

carried("numbers", "a, b, c, d = 2**200, -0.5, 3 + 4j, True",
        "assert (a, b, c, d) == (2**200, -0.5, 3 + 4j, True) and type(d) is bool")
carried("special floats", "a, b, c = float('nan'), float('inf'), -0.0",
        "assert a != a and b == float('inf') and str(c) == '-0.0'")
carried("texts with any character", r"a, b = 'ä€😀\0', '\ud800'",
        r"assert a == 'ä€😀\0' and b == '\ud800'")
carried("large text and bytes", "a, b = 'é' * 300_000, bytes(range(256)) * 2000",
        "assert a == 'é' * 300_000 and b == bytes(range(256)) * 2000")
carried("bytearray", "a = bytearray(b'abc'); b = a; c = bytearray(100_000)",
        "a += b'd'; assert b == b'abcd' and b is a; c.append(1); assert len(c) == 100_001")
carried("None, Ellipsis, NotImplemented", "a = [None, ..., NotImplemented]",
        "assert a[0] is None and a[1] is ... and a[2] is NotImplemented")
carried("a list that holds itself", "a = [1]; a.append(a)", "assert a[1] is a and a[0] == 1")
carried("a dict that holds itself, in order", "a = {'z': 1, 'a': 2}; a['self'] = a",
        "assert list(a) == ['z', 'a', 'self'] and a['self'] is a")
carried("a tuple in a cycle", "a = ([],); a[0].append(a)", "assert a[0][0] is a")
carried("sets and frozensets", "a, b = {1, 'x', (2, 3)}, frozenset([1, 2])",
        "assert a == {1, 'x', (2, 3)} and b == {1, 2} and type(b) is frozenset")
carried("one object in several variables", "a = [1]; b = {'k': a}; c = (a, b); d = a",
        "assert b['k'] is a and c[0] is a and c[1] is b and d is a")
carried("deep nesting", "a = []\nfor i in range(400): a = [a]",
        "n = 0\nwhile a: a = a[0]; n += 1\nassert n == 400")
carried("a long chain of objects", "class N: pass\nfirst = n = N()\n"
        "for i in range(20_000): n.next = N(); n = n.next",
        "c, m = 0, first\nwhile hasattr(m, 'next'): m = m.next; c += 1\nassert c == 20_000 and m is n")
carried("ranges and slices", "a, b = range(1, 10, 3), slice(1, None, 2)",
        "assert a == range(1, 10, 3) and (b.start, b.stop, b.step) == (1, None, 2)")
carried("memoryview of a bytearray", "a = bytearray(b'abcd'); b = memoryview(a); c = b.toreadonly()",
        "b[0] = 65; assert a == b'Abcd' and c[0] == 65 and c.readonly and not b.readonly")
carried("memoryview with another format", "a = memoryview(bytearray(8)).cast('i')",
        "a[1] = 7; assert a.format == 'i' and a.shape == (2,) and a.tolist() == [0, 7]")
carried("dict views", "a = {1: 2}; k, v, i = a.keys(), a.values(), a.items()",
        "a[3] = 4; assert list(k) == [1, 3] and list(v) == [2, 4] and (3, 4) in i")
carried("mappingproxy", "import types\na = {1: 2}; p = types.MappingProxyType(a)",
        "a[3] = 4; assert p[3] == 4")
carried("iterators of containers", "a = iter([1, 2, 3]); next(a); b = iter((4, 5)); c = iter('xy'); d = iter(range(3)); next(d)",
        "assert list(a) == [2, 3] and list(b) == [4, 5] and list(c) == ['x', 'y'] and list(d) == [1, 2]")
carried("an iterator over a list that goes on growing", "a = [1, 2]; i = iter(a); next(i)",
        "a.append(3); assert list(i) == [2, 3]")
carried("enumerate, zip, map, filter, reversed",
        "a = enumerate('ab'); next(a); b = zip([1, 2], 'xy'); c = map(str, [1, 2]); d = filter(None, [0, 5]); e = reversed([1, 2])",
        "assert list(a) == [(1, 'b')] and list(b) == [(1, 'x'), (2, 'y')] and list(c) == ['1', '2']"
        " and list(d) == [5] and list(e) == [2, 1]")
carried("types themselves", "a = [int, type(None), type(...), type(lambda: 0), type({}.keys()), dict, object, type]",
        "assert a == [int, type(None), type(...), type(lambda: 0), type({}.keys()), dict, object, type]")
carried("built-in functions and methods", "a, b, c, d = len, [1].append, 'x'.join, str.upper",
        "assert a is len and c('ab') == 'axb' and d('q') == 'Q'; b(2); assert b.__self__ == [1, 2]")
carried("a bound method shares its object", "a = []; f = a.append", "f(1); assert a == [1]")
carried("exceptions with arguments, notes and attributes",
        "e = ValueError('bad', 3); e.extra = [1]",
        "assert e.args == ('bad', 3) and e.extra == [1] and type(e) is ValueError")
carried("exceptions of the system", "import errno\ne = FileNotFoundError(errno.ENOENT, 'no', 'f.txt'); u = UnicodeDecodeError('utf-8', b'x', 0, 1, 'r')",
        "assert e.errno == 2 and e.filename == 'f.txt' and str(u).startswith(\"'utf-8' codec\")")
carried("an exception that was raised, with its cause",
        "try:\n    try: 1 / 0\n    except ZeroDivisionError as z: raise KeyError('k') from z\nexcept KeyError as k: e = k",
        "assert e.args == ('k',) and type(e.__cause__) is ZeroDivisionError and e.__suppress_context__",
        e="frames")
carried("exception classes with other arguments",
        "class E(Exception):\n    def __init__(self, code, *, hint): super().__init__('code %d' % code); self.code, self.hint = code, hint\n"
        "e = E(4, hint='h')",
        "assert (e.code, e.hint, str(e)) == (4, 'h', 'code 4') and isinstance(e, E)")
carried("exception groups", "e = ExceptionGroup('g', [ValueError(1), KeyError(2)])",
        "assert e.message == 'g' and [type(x) for x in e.exceptions] == [ValueError, KeyError]", since=(3, 11))
carried("the last value `_`", "1 + 1", "assert _ == 2\n5\n")
carried("annotations of the namespace", "a: int = 5\nb: 'str'", "assert __annotations__ == {'a': int, 'b': 'str'}")
carried("names that are no identifiers", "globals()['two words'] = [1]; globals()[5] = 6",
        "assert globals()['two words'] == [1] and globals()[5] == 6")
carried("the namespace itself", "g = globals(); import __main__ as m", "assert g is globals() and m.g is g and m.__dict__ is g")
carried("unions and generic aliases", "a, b = list[int], dict[str, list[float]]",
        "assert a == list[int] and b == dict[str, list[float]]")
carried("unions of types", "a = int | None", "assert a == int | None", since=(3, 10))
