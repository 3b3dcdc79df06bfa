"""Imports, annotations, local modules, installed distributions."""

from __future__ import annotations

from .shape import Shape

PACKAGE = {
    "shop/__init__.py": """
        from .prices import price
        VERSION = 3
    """,
    "shop/prices.py": """
        from . import tables
        from .deep.more import factor
        import json
        from pathlib import Path

        def price(name):
            data = json.loads((Path(__file__).parent / 'data' / 'prices.json').read_text())
            return data[name] * factor() + tables.BASE
    """,
    "shop/tables.py": "BASE = 1\n",
    "shop/unused.py": "raise RuntimeError('never imported')\n",
    "shop/deep/__init__.py": "",
    "shop/deep/more.py": """
        from .. import tables

        def factor():
            from ..extra import TEN
            return TEN + tables.BASE - 1
    """,
    "shop/extra.py": "TEN = 10\n",
    "shop/data/prices.json": '{"tea": 3}',
    "shop/.hidden": "x",
}

DIST = {
    "site-packages/gitted/__init__.py": "from .inner import double\n",
    "site-packages/gitted/inner.py": """
        def double(x):
            return x * 2
    """,
    "site-packages/gitted-1.0.dist-info/METADATA": """
        Metadata-Version: 2.1
        Name: gitted
        Version: 1.0
    """,
    "site-packages/gitted-1.0.dist-info/RECORD": """
        gitted/__init__.py,,
        gitted/inner.py,,
    """,
    "site-packages/gitted-1.0.dist-info/top_level.txt": "gitted\n",
    "site-packages/gitted-1.0.dist-info/direct_url.json": """
        {"url": "https://example.org/gitted.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    """,
}
COMPILED = {
    **DIST,
    "site-packages/gitted/fast.so": b"",
    "site-packages/gitted-1.0.dist-info/RECORD": """
        gitted/__init__.py,,
        gitted/inner.py,,
        gitted/fast.so,,
    """,
}
ON_PATH = "import sys, os\nsys.path.insert(0, os.path.join(os.getcwd(), 'site-packages'))"

SHAPES = [
    Shape(
        "an import at the top of a cell",
        (
            "import math",
            """
            def f(x):
                return math.sqrt(x)
            """,
        ),
        args=(4,),
        expect=2.0,
    ),
    Shape(
        "an import under another name",
        """
            import collections as c
            import os.path as osp
            def f(x):
                return c.Counter(x).most_common(1)[0][0], osp.basename('a/b')
        """,
        args=("aab",),
        expect=("a", "b"),
        shows=("import os.path as osp",),
    ),
    Shape(
        "a star import",
        """
            from math import *
            def f(x):
                return floor(sqrt(x)) + int(pi)
        """,
        args=(17,),
        expect=7,
        hides=("import *",),
    ),
    Shape(
        "a submodule that an import brings along",
        """
            import xml.etree.ElementTree
            def f(t):
                return xml.etree.ElementTree.fromstring(t).tag
        """,
        args=("<a/>",),
        expect="a",
    ),
    Shape(
        "a submodule that somebody else imported",
        """
            import concurrent
            import concurrent.futures as other
            def f(x):
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    return pool.submit(abs, x).result()
        """,
        args=(-2,),
        expect=2,
    ),
    Shape(
        "an import inside the body only",
        """
            def f(x):
                import json
                from textwrap import dedent as d
                return json.dumps(d(x))
        """,
        args=("  a",),
        expect='"a"',
    ),
    Shape(
        "an import inside the body of what is not installed",
        """
            def f(x):
                import cv2
                return cv2.imread(x)
        """,
        refused="not_installed",
        saying="pip install opencv-python",
    ),
    Shape(
        "an import inside the body that provides for its absence",
        """
            def f(x):
                try:
                    import nonexistent_accelerator as a
                except ImportError:
                    a = None
                return a is None
        """,
        args=(1,),
        expect=True,
    ),
    Shape(
        "an import of what is not installed, with requirements",
        """
            def f(x):
                try:
                    return 'no ' + x
                finally:
                    pass
            def g():
                import cv2
        """,
        target="[f, g]",
        args=("cv2",),
        expect="no cv2",
        options={"requirements": ["opencv-python>=4"]},
    ),
    Shape(
        "an import name that is not the distribution's",
        """
            import yaml
            from dateutil.parser import parse
            from PIL import Image
            def f(t):
                return yaml.safe_load(t), parse('2024-01-02').day, Image.new('L', (2, 3)).size
        """,
        args=("a: 1",),
        expect=({"a": 1}, 2, (2, 3)),
        needs=("pyyaml", "python-dateutil", "pillow"),
        pins=("pillow", "python-dateutil", "pyyaml"),
    ),
    Shape(
        "a return annotation of a module that is used nowhere else",
        """
            import numpy as np
            def f(x: int) -> np.ndarray:
                return [x]
        """,
        args=(1,),
        expect=[1],
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "from __future__ import annotations",
        (
            "from __future__ import annotations",
            """
                import decimal
                def f(x: decimal.Decimal | Missing, y: list[Unknown] = ()) -> decimal.Decimal | None:
                    return x
            """,
        ),
        args=(1,),
        expect=1,
        shows=("from __future__ import annotations",),
    ),
    Shape(
        "imports for type checkers",
        """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from nowhere.at_all import Frame
            def f(x: 'Frame', y: 'Frame | None' = None) -> 'list[Frame]':
                return [x]
        """,
        args=(1,),
        expect=[1],
        shows=("if TYPE_CHECKING:\n    from nowhere.at_all import Frame",),
    ),
    Shape(
        "quoted annotations",
        """
            from decimal import Decimal
            class Later:
                pass
            def f(x: 'Decimal', y: "Later | None" = None) -> 'Undefined':
                return x + 1
        """,
        args=(1,),
        expect=2,
    ),
    Shape(
        "Optional, Union, List",
        """
            from typing import Optional, Union, List, Dict
            def f(x: Optional[int] = None, y: Union[int, str] = 1, z: List[Dict[str, int]] = []) -> Optional[int]:
                return y
        """,
        args=(3,),
        expect=1,
    ),
    Shape(
        "Annotated, Literal and new unions",
        """
            from typing import Annotated, Literal
            from collections.abc import Callable, Sequence
            Mode = Literal['a', 'b']
            Positive = Annotated[int, 'positive']
            def f(
                m: Mode = 'a', n: Positive | None = None, c: Callable[[int], str] | None = None, s: Sequence[float] = ()
            ) -> str | None:
                return m
        """,
        args=("b",),
        expect="b",
    ),
    Shape(
        "a local variable with an annotation of nothing",
        """
            def f(x):
                y: Nonsense = x
                return y
        """,
        args=(2,),
        expect=2,
    ),
    Shape(
        "a helper of a local module",
        (
            "from helpers import pure",
            """
            def f(x):
                return pure(x)
            """,
        ),
        args=(2,),
        expect=20,
        files={
            "helpers.py": """
            K = 10
            def pure(x):
                return other(x) * K
            def other(x):
                return x
            """
        },
    ),
    Shape(
        "an attribute of a local module",
        (
            "import helpers",
            """
            def f(x):
                return helpers.pure(x)
            """,
        ),
        args=(2,),
        expect=20,
        files={
            "helpers.py": """
            K = 10
            def pure(x):
                return x * K
            """
        },
    ),
    Shape(
        "a function of a local module, published itself",
        "import helpers",
        target="helpers.pure",
        args=(2,),
        expect=22,
        files={
            "helpers.py": """
                import deeper
                def pure(x):
                    return deeper.ten() * x + 2
            """,
            "deeper.py": """
                def ten():
                    return 10
            """,
        },
    ),
    Shape(
        "a method of a class of a local module",
        "import helpers",
        target="helpers.Box.make",
        args=(2,),
        expect=[2, 1],
        files={
            "helpers.py": """
                class Box:
                    one = 1
                    @classmethod
                    def make(cls, x):
                        return [x, cls.one]
            """
        },
    ),
    Shape(
        "a closure made by a local module",
        """
            import helpers
            f = helpers.make(7)
        """,
        args=(2,),
        expect=109,
        files={
            "helpers.py": """
                K = 100
                def plus(x):
                    return x + K
                def make(n):
                    def add(x):
                        return plus(x) + n
                    return add
            """
        },
    ),
    Shape(
        "a decorator of a local module",
        """
            from decos import twice
            @twice
            def f(x):
                return x + 1
        """,
        args=(1,),
        expect=4,
        files={
            "decos.py": """
                import functools
                def twice(g):
                    @functools.wraps(g)
                    def inner(*a):
                        return g(*a) * 2
                    return inner
            """
        },
    ),
    Shape(
        "a constant of a local module",
        """
            from config import RATE
            import config
            def f(x):
                return x * RATE
        """,
        args=(3,),
        expect=6,
        files={
            "config.py": """
            RATE = 2
            import os
            os.environ['NEVER_SET_IN_A_WORKER'] = '1'
            """
        },
        shows=("RATE = 2",),
    ),
    Shape(
        "an instance of a class of a local module",
        """
            from models import Model
            model = Model(3)
            def f(x):
                return model.run(x)
        """,
        args=(2,),
        expect=6,
        files={
            "models.py": """
                class Model:
                    def __init__(self, w):
                        self.w = w
                    def run(self, x):
                        return self.w * x
            """
        },
    ),
    Shape(
        "two helpers of one name from two modules",
        """
            import one, two
            from one import h as h1
            from two import h as h2
            def f():
                return h1() + h2(), one.h(), two.h()
        """,
        expect=("12", "1", "2"),
        files={
            "one.py": """
            def h():
                return '1'
            """,
            "two.py": """
            def h():
                return '2'
            """,
        },
    ),
    Shape(
        "a local package with relative imports and a data file",
        """
            from shop import price
            def f(name):
                return price(name)
        """,
        args=("tea",),
        expect=31,
        files=PACKAGE,
    ),
    Shape(
        "a function of a local package, published itself",
        "import shop.prices",
        target="shop.prices.price",
        args=("tea",),
        expect=31,
        files=PACKAGE,
    ),
    Shape(
        "a local module under a name of the standard library",
        """
            import colorsys
            def f():
                return colorsys.mine()
        """,
        expect="mine",
        files={
            "colorsys.py": """
            def mine():
                return 'mine'
            """
        },
    ),
    Shape(
        "a local module in another encoding, with Windows line ends",
        """
            import old
            def f():
                return old.text()
        """,
        expect="é",
        files={"old.py": "# -*- coding: latin-1 -*-\r\ndef text():\r\n    return 'é'\r\n".encode("latin-1")},
    ),
    Shape(
        "a local module with a module missing for another function",
        """
            import helpers
            def f(x):
                return helpers.a(x)
        """,
        args=(1,),
        expect=2,
        files={
            "helpers.py": """
            def a(x):
                return x + 1
            def b(x):
                import not_here_at_all
            """
        },
    ),
    Shape(
        "a local module that builds pipelines",
        "import flow",
        target="flow.prepare",
        args=(2,),
        expect=40,
        files={
            "flow.py": """
                from spl.core.common import lift
                K = 10
                def helper(x):
                    return x * K
                def prepare(x):
                    return helper(x) * 2
                pipeline = lift(prepare).alias('result').render('p')
            """
        },
        hides=("spl.core",),
    ),
    Shape(
        "a pipeline of notebook functions",
        (
            """
                from spl.core.common import lift
                from dataclasses import dataclass
                @dataclass
                class P:
                    x: int
            """,
            """
                def one(a):
                    return P(a)
                def two(p, k=2):
                    return isinstance(p, P) and p.x * k
                pipe = lift(two).bind(p=lift(one)).alias('out').render('pipe')
            """,
        ),
        target="pipe",
        kwargs={"a": 4},
        expect={"out": {"default": 8}},
    ),
    Shape(
        "a distribution out of git is embedded",
        (
            ON_PATH,
            """
            import gitted
            def f(x):
                return gitted.double(x)
            """,
        ),
        args=(4,),
        expect=8,
        files=DIST,
        pins=(),
    ),
    Shape(
        "a distribution out of git with compiled parts is refused",
        (
            ON_PATH,
            """
            import gitted
            def f(x):
                return gitted.double(x)
            """,
        ),
        refused="not_on_an_index",
        saying="https://example.org/gitted.git",
        files=COMPILED,
    ),
    Shape(
        "a compiled local module is refused",
        (
            """
                import sys, types
                from importlib.machinery import ModuleSpec
                m = types.ModuleType('fast')
                m.__spec__ = ModuleSpec('fast', None, origin='fast.so')
                m.__spec__.has_location = True
                m.__file__ = 'fast.so'
                m.go = lambda: 1
                sys.modules['fast'] = m
            """,
            """
                import fast
                def f():
                    return fast.go()
            """,
        ),
        refused="compiled_module",
        saying="fast.so",
    ),
    Shape(
        "requirements in a script block",
        (
            """
            # /// script
            # requires-python = ">=3.9"
            # dependencies = ["numpy>=2"]
            # ///
            """,
            """
            def f(x):
                return x
            """,
        ),
        args=(1,),
        expect=1,
        pins=(),
    ),
    Shape(
        "the context of a run",
        """
            from spl.runtime.context import current_run
            def f():
                return current_run() is not None
        """,
        expect=True,
        pins=(),
    ),
    Shape(
        "importlib.import_module",
        """
            import importlib
            def f(x):
                return importlib.import_module('json').dumps(x)
        """,
        args=([1],),
        expect="[1]",
    ),
    Shape(
        "a numpy function, published itself",
        "import numpy as np",
        target="np.mean",
        args=([1.0, 3.0],),
        expect=2.0,
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "print and input of the standard kind",
        """
            def f(x):
                print(x, end='')
                return repr(print)
        """,
        args=("",),
        expect="<built-in function print>",
    ),
    Shape(
        "display of a notebook",
        """
            import builtins
            class D:
                __module__ = 'IPython.core.display'
            builtins.display = D()
            def f(x):
                display(x)
        """,
        refused="notebook_only",
        saying="'display'",
    ),
    Shape(
        "an included data file",
        """
            def f():
                import sys
                from pathlib import Path
                return Path(sys.modules[f.__module__].__file__).with_name('note.txt').read_text()
        """,
        expect="hello",
        files={"note.txt": "hello"},
        options={"include": ["note.txt"]},
    ),
    Shape(
        "a module that is included by name",
        """
            import importlib
            def f(name):
                return importlib.import_module(name).VALUE
        """,
        args=("plugin",),
        expect=9,
        files={"plugin.py": "VALUE = 9\n"},
        options={"include": ["plugin"]},
    ),
]
SHAPES += [
    Shape(
        "a package of the author's without __init__",
        """
            import ns.inner.mod as m
            def f(x):
                return m.g(x)
        """,
        args=(1,),
        expect=11,
        files={
            "ns/inner/mod.py": """
                from ns.inner.other import TEN
                def g(x):
                    return x + TEN
            """,
            "ns/inner/other.py": "TEN = 10\n",
        },
    ),
    Shape(
        "a local module that only the body imports",
        """
            def f(x):
                import helpers
                from helpers import pure as p
                return helpers.pure(x) + p(x)
        """,
        args=(2,),
        expect=8,
        files={
            "helpers.py": """
            def pure(x):
                return x * 2
            """
        },
    ),
    Shape(
        "a local module that is called main",
        """
            import main
            def f(x):
                return main.g(x) + 1
        """,
        args=(2,),
        expect=5,
        files={
            "main.py": """
            def g(x):
                return x * 2
            """
        },
    ),
    Shape(
        "an import with a second choice",
        """
            try:
                import ujson_is_not_here as json
            except ImportError:
                import json
            def f(x):
                return json.dumps(x)
        """,
        args=([1],),
        expect="[1]",
    ),
    Shape(
        "a module by its name in a text",
        """
            import importlib
            def f(x):
                np = importlib.import_module('numpy')
                return int(np.array(x).sum())
        """,
        args=([1, 2],),
        expect=3,
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "a limit that a dataframe query mentions",
        """
            import pandas as pd
            LIMIT = 1
            def f(rows):
                return pd.DataFrame({'a': rows}).query('a > @LIMIT')['a'].tolist()
        """,
        args=([1, 2],),
        expect=[2],
        needs=("pandas",),
        pins=("pandas",),
    ),
    Shape(
        "a decorator of an installed library",
        """
            from pydantic import validate_call
            @validate_call
            def f(x: int, y: int = 2):
                return x + y
        """,
        args=(3,),
        expect=5,
        needs=("pydantic",),
        pins=("pydantic",),
    ),
    Shape(
        "a command of an installed library",
        """
            import click
            @click.command()
            @click.option('--n', default=1)
            def cmd(n):
                return n
            def f():
                return cmd.callback(7), cmd.name
        """,
        expect=(7, "cmd"),
        needs=("click",),
        pins=("click",),
    ),
    Shape(
        "a pipeline with an array as a constant",
        (
            """
                from spl.core.common import lift
                import numpy as np
            """,
            """
                def total(xs):
                    return float(sum(xs))
                pipe = lift(total).bind(xs=np.arange(4)).alias('out').render('pipe')
            """,
        ),
        target="pipe",
        expect={"out": {"default": 6.0}},
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "a pipeline with an object of the author's as a constant",
        (
            """
                from spl.core.common import lift
                from dataclasses import dataclass
            """,
            """
                @dataclass
                class P:
                    x: int
                def get(p):
                    return p.x, type(p).__name__
                pipe = lift(get).bind(p=P(3)).alias('out').render('pipe')
            """,
        ),
        target="pipe",
        expect={"out": {"default": (3, "P")}},
    ),
    Shape(
        "functions of an older cell, of a newer one and of a local module in one pipeline",
        (
            """
                from spl.core.common import lift
                import helpers
            """,
            """
                def f(x):
                    return x + 1
                first = lift(f)
            """,
            """
                def f(y):
                    return y * 10
                pipe = lift(helpers.pure).bind(z=lift(f).bind(y=first)).alias('out').render('pipe')
            """,
        ),
        target="pipe",
        kwargs={"x": 1},
        expect={"out": {"default": -20}},
        files={
            "helpers.py": """
            def pure(z):
                return -z
            """
        },
    ),
    Shape(
        "an environment that a script block and an argument name",
        """
            # /// script
            # dependencies = ["numpy>=2"]
            # ///
            def f(x):
                return x
        """,
        args=(1,),
        expect=1,
        options={"requirements": ["attrs"]},
    ),
    Shape(
        "a local module changed since it was imported",
        (
            "import helpers, pathlib",
            r"""
                pathlib.Path(helpers.__file__).write_text('def g(x):\n    return x + 1000\n')
                def f(x):
                    return helpers.g(x)
            """,
        ),
        args=(1,),
        expect=1001,
        files={
            "helpers.py": """
            def g(x):
                return x
            """
        },
    ),
]
