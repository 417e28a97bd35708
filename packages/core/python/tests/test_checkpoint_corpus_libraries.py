"""The kinds of objects of numpy, pandas, matplotlib and others through a checkpoint."""

from __future__ import annotations

import importlib
import importlib.util
import os
import unittest

from checkpoint_cases import add_tests

for _library in ("numpy", "pandas", "matplotlib.pyplot"):  # once, before the sessions fork
    if importlib.util.find_spec(_library.partition(".")[0]) is not None:
        os.environ["MPLBACKEND"] = "Agg"
        importlib.import_module(_library)


class Libraries(unittest.TestCase):
    pass


add_tests(Libraries, with_libraries=True)

if __name__ == "__main__":
    unittest.main()
