from . import Corpus

corpus = Corpus("pandas", "pandas")
carried = corpus.carried
P = "import pandas as pd, numpy as np\n"

carried("frames with columns of every kind", P + "d = pd.DataFrame({'i': [1, 2], 'f': [.5, None], 's': ['a', None], 'b': [True, False], 't': pd.to_datetime(['2024-01-01', None]), 'o': [[1], {}]})\ne = d.copy(); k = list(map(str, d.dtypes))", "pd.testing.assert_frame_equal(d, e); assert list(map(str, d.dtypes)) == k and d.o[0] == [1] and e.o[0] is d.o[0]")
carried("large frames", P + "d = pd.DataFrame(np.arange(200_000.).reshape(-1, 4), columns=list('abcd'))", "assert d.shape == (50_000, 4) and d.d.iloc[-1] == 199_999; d.loc[0, 'a'] = 5; assert d.a[0] == 5; d['e'] = 1")
carried("series with name and index", P + "s = pd.Series([1, 2], index=['x', 'y'], name='n'); s.attrs['unit'] = 'm'", "assert s['y'] == 2 and s.name == 'n' and s.attrs == {'unit': 'm'}")
carried("copies on writing", P + "d = pd.DataFrame({'a': np.arange(30_000)}); s = d['a']; e = d.copy(deep=False); v = d[:]", "before = s.iloc[0]; d.loc[0, 'a'] = 99; assert e.a[0] == before == v.a[0] or pd.__version__ < '3'; assert len(e) == 30_000")
carried("a column that pandas shares stays as it was", P + "d = pd.DataFrame({'a': np.arange(30_000)}); s = d['a']", "s.iloc[0] = -1; assert d.a[0] == (0 if pd.__version__ >= '3' else -1)")
carried("an array made from a frame", P + "d = pd.DataFrame({'a': [1., 2.], 'b': [3., 4.]}); v = d.to_numpy(); w = v.copy()", "assert (v == w).all() and v.shape == (2, 2)")
carried("multi-indexes", P + "d = pd.DataFrame({'v': range(4)}, index=pd.MultiIndex.from_product([['a', 'b'], [1, 2]], names=['p', 'q']))", "assert d.loc[('b', 2), 'v'] == 3 and d.index.names == ['p', 'q']")
carried("indexes of every kind", P + "i = [pd.RangeIndex(3), pd.Index([1, 2]), pd.date_range('2024', periods=3, freq='D', tz='UTC'), pd.period_range('2024', periods=2, freq='M'), pd.IntervalIndex.from_breaks([0, 1, 2]), pd.CategoricalIndex(['a', 'b']), pd.TimedeltaIndex(['1h'])]; j = [x.copy() for x in i]", "assert all(a.equals(b) and type(a) is type(b) for a, b in zip(i, j)) and i[2].freq is not None")
carried("categories", P + "s = pd.Series(['b', 'a', 'b'], dtype=pd.CategoricalDtype(['b', 'a'], ordered=True))", "assert list(s.cat.codes) == [0, 1, 0] and s.cat.ordered and s.max() == 'a'")
carried("nullable and other extension types", P + "d = pd.DataFrame({'i': pd.array([1, None], 'Int64'), 'b': pd.array([True, None], 'boolean'), 's': pd.array(['x', None], 'string')})", "assert d.i.dtype == 'Int64' and d.i[1] is pd.NA and d.b[0] and d.s[0] == 'x'")
carried("columns of pyarrow", P + "s = pd.Series(['a', None, 'c'], dtype='string[pyarrow]'); import pyarrow as pa; t = pa.table({'x': [1, 2]})", "assert s.isna().sum() == 1 and s[2] == 'c' and t.column('x').to_pylist() == [1, 2]", needs=("pyarrow",))
carried("frames from tables of pyarrow", "import pyarrow as pa\nt = pa.table({'a': list(range(10_000))}); d = t.to_pandas(); e = d[:5]", "assert t.num_rows == 10_000 and d.a.sum() == 49_995_000 and e.a[4] == 4", needs=("pyarrow",))
carried("timestamps, offsets, intervals, NA", P + "a = [pd.Timestamp('2024-01-01', tz='UTC'), pd.Timedelta('1h'), pd.offsets.MonthEnd(2), pd.Interval(0, 1), pd.Period('2024-01', 'M'), pd.NaT, pd.NA]", "assert a[0].year == 2024 and a[1].seconds == 3600 and a[2].n == 2 and 1 in a[3] and a[4].month == 1 and a[5] is pd.NaT and a[6] is pd.NA")
carried("groups, windows, resamplers", P + "d = pd.DataFrame({'k': list('aab'), 'v': [1, 2, 3]}); g = d.groupby('k'); r = d.v.rolling(2)", "assert g.v.sum()['a'] == 3 and r.sum().iloc[2] == 5")
carried("sparse columns", P + "s = pd.Series(pd.arrays.SparseArray([0, 0, 1]))", "assert s.sparse.density == 1 / 3 and s.sum() == 1")
carried("subclasses of a frame", P + "class F(pd.DataFrame):\n    _metadata = ['tag']\n    @property\n    def _constructor(self): return F\nf = F({'a': [1]}); f.tag = 'x'", "assert type(f) is F and f.tag == 'x' and type(f[['a']]) is F")
carried("pandas options", P + "pd.set_option('display.precision', 3); pd.options.display.max_rows = 7", "assert pd.get_option('display.precision') == 3 and pd.options.display.max_rows == 7")
carried("functions applied to frames", P + "d = pd.DataFrame({'a': [1, 2]}); f = d.apply; add = lambda r: r.a + 1", "assert list(f(add, axis=1)) == [2, 3] and f.__self__ is d")
