from . import Corpus

corpus = Corpus("Functions")
carried = corpus.carried

carried("functions with defaults, annotations, docstring",
        "def f(a, b=2, *args, c: int = 3, **kw) -> str:\n    'Doc.'\n    return (a, b, args, c, kw)\nf.tag = [1]",
        "assert f(1) == (1, 2, (), 3, {}) and f.__doc__ == 'Doc.' and f.tag == [1]\n"
        "assert f.__annotations__ == {'c': int, 'return': str} and f.__name__ == f.__qualname__ == 'f'\n"
        "assert f.__module__ == '__main__' and f.__globals__ is globals()")
carried("functions see later changes of names", "k = 1\ndef f(): return k", "k = 5; assert f() == 5")
carried("lambdas", "f = lambda x, y=1: x + y; fs = [lambda i=i: i for i in range(3)]",
        "assert f(1) == 2 and [g() for g in fs] == [0, 1, 2]")
carried("recursive and mutually recursive functions",
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)",
        "assert even(10) and not odd(10)")
carried("closures that share a cell",
        "def make():\n    n = 0\n    def add():\n        nonlocal n\n        n += 1\n        return n\n    return add, lambda: n\nadd, get = make(); add()",
        "add(); assert get() == 2 and add.__closure__[0] is get.__closure__[0]")
carried("a closure that holds itself", "def make():\n    def f(n): return 1 if n == 0 else n * f(n - 1)\n    return f\nf = make()",
        "assert f(5) == 120 and f.__closure__[0].cell_contents is f")
carried("an empty cell", "def make():\n    def f(): return later\n    if 0: later = 1\n    return f\nf = make()",
        "try: f()\nexcept NameError: pass\nelse: raise AssertionError")
carried("decorated functions", "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def w(*a): return g(*a) * 2\n    return w\n"
        "@twice\ndef f(x):\n    'D'\n    return x", "assert f(4) == 8 and f.__doc__ == 'D' and f.__wrapped__(4) == 4")
carried("lru_cache, its cache begins empty", "import functools\n@functools.lru_cache(maxsize=5)\ndef f(x): return [x]\nf(1)",
        "assert f(2) == [2] and f(2) is f(2) and f.cache_info().maxsize == 5")
carried("partial and partialmethod", "import functools\np = functools.partial(int, base=2)\nclass C:\n    def m(self, a, b): return a, b\n    n = functools.partialmethod(m, 1)",
        "assert p('101') == 5 and C().n(2) == (1, 2)")
carried("singledispatch", "import functools\n@functools.singledispatch\ndef f(x): return 'any'\n@f.register\ndef _(x: int): return 'int'",
        "assert f('') == 'any' and f(1) == 'int'")
carried("bound methods of instances", "class C:\n    def m(self): return self\nc = C(); f = c.m", "assert f() is c and f.__func__ is C.m")
carried("static and class methods, properties",
        "class C:\n    @staticmethod\n    def s(): return 1\n    @classmethod\n    def c(cls): return cls\n    @property\n    def p(self):\n        'P'\n        return self._p\n    @p.setter\n    def p(self, v): self._p = v\no = C(); o.p = 3",
        "assert C.s() == 1 and C.c() is C and o.p == 3 and C.p.__doc__ == 'P'; o.p = 4; assert o._p == 4")
carried("coroutine and generator functions", "async def a(): return 5\ndef g():\n    yield 1\nasync def ag():\n    yield 2",
        "assert await a() == 5 and list(g()) == [1] and [x async for x in ag()] == [2]")
carried("code objects", "c = compile('1 + 1', 'f', 'eval')", "assert eval(c) == 2 and c.co_filename == 'f'")
carried("functions with a namespace of their own", "d = {'k': 1}\nexec('def f(): return k', d)\nf = d['f']",
        "d['k'] = 9; assert f() == 9 and f.__globals__ is d")
carried("functions made by types.FunctionType", "import types\nf = types.FunctionType((lambda: x).__code__, globals(), 'named')\nx = 4",
        "x = 6; assert f() == 6 and f.__name__ == 'named'")
carried("__class__ cells and super()", "class A:\n    def f(self): return ['A']\nclass B(A):\n    def f(self): return super().f() + ['B']\n    def c(self): return __class__",
        "assert B().f() == ['A', 'B'] and B().c() is B")
carried("the source of a function", "def f():\n    return 'here'\nimport inspect", "assert inspect.getsource(f).endswith(\"return 'here'\\n\")")
carried("from __future__ import annotations", "from __future__ import annotations", "def f(a: nowhere): pass\nassert f.__annotations__ == {'a': 'nowhere'}")
carried("operator's functions", "import operator as o\na, b, c = o.itemgetter(1), o.attrgetter('x.y'), o.methodcaller('upper')",
        "assert a('ab') == 'b' and c('q') == 'Q'")
carried("functions of libraries", "import json, math, os.path\na = [json.dumps, math.sqrt, os.path.join, json.JSONEncoder().encode]",
        "assert a[0] is json.dumps and a[1] is math.sqrt and a[2] is os.path.join and a[3]([1]) == '[1]'")
carried("itertools (before Python 3.14)", "import itertools as t\na, b, c = t.count(5), t.chain([1], [2]), t.cycle('ab'); next(a), next(b), next(c)\nd = t.islice([1, 2, 3], 2); e, f = t.tee([7, 8])",
        "assert next(a) == 6 and list(b) == [2] and next(c) == 'b' and list(d) == [1, 2] and list(e) == list(f) == [7, 8]", before=(3, 14))
carried("a generator that has ended", "g = (i for i in range(2)); list(g)", "assert list(g) == []")
carried("displays and the other functions of the sandbox", "d, i, q = display, input, quit; import builtins",
        "assert d is builtins.display and i is builtins.input and q is builtins.quit")
