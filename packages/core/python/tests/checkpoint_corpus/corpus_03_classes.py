from . import Corpus

corpus = Corpus("Classes and their instances")
carried = corpus.carried

carried("classes with inheritance", "class A:\n    n = 1\n    def f(self): return self.n\nclass B(A):\n    n = 2\na, b = A(), B(); b.x = [a]",
        "assert isinstance(b, B) and issubclass(B, A) and b.f() == 2 and b.x[0] is a and B.__mro__ == (B, A, object)\n"
        "assert B.f.__globals__ is globals() and B.__module__ == '__main__'")
carried("multiple inheritance", "class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass\nd = D()",
        "assert [k.__name__ for k in D.__mro__] == ['D', 'B', 'C', 'A', 'object'] and type(d) is D")
carried("two classes of one name", "class A:\n    v = 1\nold = A()\nclass A:\n    v = 2\nnew = A()",
        "assert old.v == 1 and new.v == 2 and type(new) is A and type(old) is not A and type(old).__name__ == 'A'")
carried("classes in functions and in classes", "def make():\n    class L:\n        class M: pass\n    return L\nK = make(); m = K.M()",
        "assert type(m) is K.M and K.__qualname__ == 'make.<locals>.L' and K.M.__qualname__.endswith('L.M')")
carried("a class that holds its own instances", "class P:\n    all = []\n    def __init__(self): P.all.append(self)\np = P()", "assert P.all == [p] and P.all[0] is p")
carried("the order of a class's names", "class C:\n    z = 1\n    def b(self): pass\n    a = 2", "assert [n for n in vars(C) if n[0] != '_'] == ['z', 'b', 'a']")
carried("slots", "class S:\n    __slots__ = ('a', '__b')\n    def __init__(self): self.a = 1; self.__b = 2\n    def get(self): return self.__b\ns = S()",
        "assert s.a == 1 and s.get() == 2 and not hasattr(s, '__dict__')\ntry: s.c = 1\nexcept AttributeError: pass\nelse: raise AssertionError")
carried("slots and a dict", "class S:\n    __slots__ = ('a', '__dict__', '__weakref__')\ns = S(); s.a = 1; s.b = 2", "assert (s.a, s.b, s.__dict__) == (1, 2, {'b': 2})")
carried("dataclasses", "from dataclasses import dataclass, field, asdict, fields, replace\n@dataclass(order=True)\nclass D:\n    a: int\n    l: list = field(default_factory=list)\nd = D(3)",
        "assert d == D(3) and D(1) < d and asdict(d) == {'a': 3, 'l': []} and [f.name for f in fields(D)] == ['a', 'l']\n"
        "assert replace(d, a=5).a == 5 and D(1).l is not D(1).l and repr(d) == 'D(a=3, l=[])'")
carried("frozen dataclasses as keys", "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass D:\n    a: int\ns = {D(1): 'x'}; d = D(1)",
        "assert s[d] == 'x' and s[D(1)] == 'x'\ntry: d.a = 2\nexcept Exception as e: assert type(e).__name__ == 'FrozenInstanceError'")
carried("dataclasses with slots", "from dataclasses import dataclass\n@dataclass(slots=True)\nclass D:\n    a: int = 1\nd = D(4)",
        "assert d.a == 4 and not hasattr(d, '__dict__') and D().a == 1", since=(3, 10))
carried("enumerations", "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 'b'\n    C = A\n    def f(self): return self.name\ne = E.B; d = {E.A: 1}",
        "assert E('b') is e is E['B'] and d[E.A] == 1 and list(E) == [E.A, E.B] and E.C is E.A and e.f() == 'B' and e in E")
carried("IntEnum, StrEnum-like, auto", "import enum\nclass I(enum.IntEnum):\n    A = enum.auto()\n    B = enum.auto()\nclass S(str, enum.Enum):\n    X = 'x'\ni, s = I.B, S.X",
        "assert I(2) is i and i + 1 == 3 and S('x') is s and s == 'x' and s.upper() == 'X'")
carried("flags", "import enum\nclass F(enum.Flag):\n    R = 1\n    W = 2\nf = F.R | F.W", "assert f == F(3) and F.R in f and (f & F.W) is F.W and f is F(3)")
carried("abstract classes", "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\nclass B(A):\n    def f(self): return 1\nA.register(int); b = B()",
        "assert b.f() == 1 and isinstance(b, A) and isinstance(5, A) and not isinstance('', A)\ntry: A()\nexcept TypeError: pass\nelse: raise AssertionError")
carried("classes of collections.abc", "import collections.abc as c\nclass S(c.Sequence):\n    def __len__(self): return 2\n    def __getitem__(self, i): return [5, 6][i]\ns = S()",
        "assert list(s) == [5, 6] and s.index(6) == 1 and isinstance(s, c.Iterable)")
carried("generic classes", "from typing import Generic, TypeVar, List\nT = TypeVar('T')\nclass G(Generic[T]):\n    def __init__(self, v: T): self.v = v\ng = G[int](3); a = G[int]; l = List[T]",
        "assert g.v == 3 and a.__origin__ is G and G.__parameters__ == (T,) and l.__parameters__ == (T,) and g.__orig_class__ == G[int]")
carried("type parameters", "exec('class G[T]:\\n    def f[U](self, a: T, b: U): return a\\ntype A[K] = dict[K, int]\\ndef h[T: int](x: T): return x')\ng = G[int]()",
        "assert g.f(1, 2) == 1 and G.__type_params__[0].__name__ == 'T' and A.__value__.__origin__ is dict and h.__type_params__[0].__bound__ is int", since=(3, 12))
carried("protocols", "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass P(Protocol):\n    def run(self): ...\nclass R:\n    def run(self): pass\nr = R()",
        "assert isinstance(r, P) and not isinstance(5, P)")
carried("NamedTuple and namedtuple", "from typing import NamedTuple\nfrom collections import namedtuple\nclass N(NamedTuple):\n    a: int\n    b: str = 'x'\nM = namedtuple('M', 'p q', defaults=[1]); n, m = N(1), M(2)",
        "assert n == (1, 'x') and n.b == 'x' and N(5)._replace(b='y').b == 'y' and m.q == 1 and m._asdict() == {'p': 2, 'q': 1} and type(m) is M")
carried("TypedDict, NewType, Literal", "from typing import TypedDict, NewType, Literal, Optional, Callable\nclass T(TypedDict, total=False):\n    a: int\nU = NewType('U', int); L = Literal['a', 'b']; O = Optional[T]; C = Callable[[int], U]",
        "assert T(a=1) == {'a': 1} and T.__total__ is False and U(3) == 3 and L == Literal['a', 'b'] and O == Optional[T] and C.__args__ == (int, U)")
carried("metaclasses", "class M(type):\n    made = []\n    def __new__(m, name, bases, ns): ns['added'] = 1; return super().__new__(m, name, bases, ns)\n    def __init__(c, *a): super().__init__(*a); M.made.append(c.__name__)\n    def __call__(c, *a): return ('called', super().__call__(*a))\n    @property\n    def p(c): return c.__name__\nclass C(metaclass=M): pass\nc = C()[1]",
        "assert type(C) is M and C.added == 1 and M.made == ['C'] and C.p == 'C' and C()[0] == 'called' and isinstance(c, C)")
carried("__init_subclass__ runs once", "class A:\n    kinds = []\n    def __init_subclass__(cls, **kw): A.kinds.append((cls.__name__, kw)); super().__init_subclass__()\nclass B(A, tag=1): pass",
        "assert A.kinds == [('B', {'tag': 1})]\nclass C(A): pass\nassert len(A.kinds) == 2")
carried("descriptors with __set_name__", "class D:\n    calls = 0\n    def __set_name__(self, owner, name): self.name = name; D.calls += 1\n    def __get__(self, o, t): return self.name\nclass C:\n    x = D()", "assert C.x == 'x' and D.calls == 1")
carried("__class_getitem__", "class C:\n    def __class_getitem__(cls, k): return (cls, k)\nc = C(); c.a = 1", "assert C[3] == (C, 3) and c.a == 1")
carried("subclasses of built-in types", "class I(int): pass\nclass S(str): pass\nclass L(list): pass\nclass D(dict): pass\nclass T(tuple): pass\nclass F(float): pass\nclass B(bytes): pass\nclass Z(frozenset): pass\n"
        "v = [I(5), S('s'), L([1]), D(a=1), T((1, 2)), F(1.5), B(b'b'), Z([1])]\nfor x in v: x.tag = 1",
        "assert v == [5, 's', [1], {'a': 1}, (1, 2), 1.5, b'b', {1}] and [type(x).__name__ for x in v] == list('ISLDTFBZ') and all(x.tag == 1 for x in v)")
carried("containers that change what is put in", "from collections import OrderedDict, deque\nclass D(dict):\n    def __setitem__(self, k, v): super().__setitem__(k, v * 2)\nclass L(list):\n    def append(self, v): super().append(v * 2)\n    extend = None\nclass O(OrderedDict):\n    def __init__(self, a): super().__init__(); self['a'] = a\nclass Q(deque):\n    def __init__(self, tag): super().__init__([7], 5); self.tag = tag\nclass S(set):\n    def __init__(self, tag): super().__init__([tag]); self.tag = tag\nd, l, o, q, s = D(), L(), O(1), Q('t'), S(3); d['k'] = 1; l.append(1); q.append(8)\nd.me = d", "assert d == {'k': 2} and l == [2] and o == {'a': 1} and list(q) == [7, 8] and q.maxlen == 5 and q.tag == 't' and s == {3} and s.tag == 3 and d.me is d; d['j'] = 3; assert d['j'] == 6")
carried("objects that cannot be changed", "class F:\n    __slots__ = ('a',)\n    def __init__(self, a): object.__setattr__(self, 'a', a)\n    def __setattr__(self, n, v): raise AttributeError(n)\nclass T(tuple):\n    def __new__(cls, a, b): return super().__new__(cls, (a, b))\nclass E(Exception):\n    def __new__(cls, *, k): o = super().__new__(cls); o.k = k; return o\n    def __init__(self, *, k): super().__init__('k')\nf, t, e = F(3), T(1, 2), E(k=4)", "assert f.a == 3 and t == (1, 2) and type(t) is T and e.k == 4 and e.args == ('k',)")
carried("mock objects", "from unittest.mock import MagicMock, Mock\nm = MagicMock(return_value=5); m.a.b.return_value = [1]; m(3)", "assert m(4) == 5 and m.a.b() == [1] and m.call_count >= 2 and m.call_args_list[0].args == (3,)")
carried("__getstate__ and __setstate__", "class C:\n    def __init__(self): self.a, self.cache = 1, 'new'\n    def __getstate__(self): return {'a': self.a}\n    def __setstate__(self, s): self.__dict__.update(s); self.cache = 'new'\nc = C()\nhere = True",
        "assert c.a == 1")
carried("__reduce__", "class C:\n    def __init__(self, a): self.a = a\n    def __reduce__(self): return (C, (self.a,))\nc = C([1]); d = [c, c]", "assert c.a == [1] and d[0] is d[1] is c")
carried("__getnewargs_ex__", "class C:\n    def __new__(cls, *, k): o = super().__new__(cls); o.k = k; return o\n    def __getnewargs_ex__(self): return (), {'k': self.k}\nc = C(k=3)", "assert c.k == 3")
carried("copyreg", "import copyreg\nclass C:\n    def __init__(self, a): self.a = a\ncopyreg.pickle(C, lambda c: (C, (c.a,)))\nc = C(4)", "assert c.a == 4 and type(c) is C")
carried("instances in a cycle with hashes", "class K:\n    def __hash__(self): return 7\n    def __eq__(self, o): return self is o\nk = K(); s = {k}; d = {k: s}", "assert k in s and d[k] is s")
carried("objects with __getattr__", "class C:\n    def __init__(self): self.d = {'a': 1}\n    def __getattr__(self, n):\n        try: return self.d[n]\n        except KeyError: raise AttributeError(n)\nclass P:\n    def __getattr__(self, n): return n\nc, p = C(), P()", "assert c.a == 1 and p.anything == 'anything'")
carried("callable and context-manager objects", "class C:\n    n = 0\n    def __call__(self): self.n += 1; return self.n\n    def __enter__(self): return self\n    def __exit__(self, *a): pass\nc = C(); c()", "assert c() == 2\nwith c as d: assert d is c")
carried("weak references", "import weakref\nclass C: pass\nc = C(); r = weakref.ref(c); p = weakref.proxy(c); c.a = 1\ndead = weakref.ref(C())",
        "assert r() is c and p.a == 1 and dead() is None\ndel c\nimport gc; gc.collect(); assert r() is None")
carried("weak collections", "import weakref\nclass C: pass\nc = C(); s = weakref.WeakSet([c]); k = weakref.WeakKeyDictionary({c: 1}); v = weakref.WeakValueDictionary({'c': c})",
        "assert c in s and k[c] == 1 and v['c'] is c\ndel c\nimport gc; gc.collect(); assert len(s) == len(k) == len(v) == 0")
carried("weakref.finalize", "import weakref\nclass C: pass\nc, log = C(), []; f = weakref.finalize(c, log.append, 'gone')", "assert f.alive\ndel c\nimport gc; gc.collect(); assert log == ['gone'] and not f.alive")
carried("cached_property", "import functools\nclass C:\n    n = 0\n    @functools.cached_property\n    def p(self): C.n += 1; return [C.n]\nc = C(); c.p", "assert c.p == [1] and C().p == [2]")
carried("singletons by __new__", "class S:\n    one = None\n    def __new__(cls):\n        if cls.one is None: cls.one = super().__new__(cls)\n        return cls.one\ns = S()", "assert S() is s")
carried("numbers of ctypes", "import ctypes\ni = ctypes.c_int(3); a = (ctypes.c_double * 2)(1, 2)", "assert i.value == 3", a="made by C code")
