"""Imports, annotations, local modules, installed distributions."""

from __future__ import annotations

from .shape import Shape

PACKAGE = {
    "shop/__init__.py": "from .prices import price\nVERSION = 3\n",
    "shop/prices.py": "from . import tables\nfrom .deep.more import factor\nimport json\nfrom pathlib import Path\n\ndef price(name):\n    data = json.loads((Path(__file__).parent / 'data' / 'prices.json').read_text())\n    return data[name] * factor() + tables.BASE\n",
    "shop/tables.py": "BASE = 1\n",
    "shop/unused.py": "raise RuntimeError('never imported')\n",
    "shop/deep/__init__.py": "",
    "shop/deep/more.py": "from .. import tables\n\ndef factor():\n    from ..extra import TEN\n    return TEN + tables.BASE - 1\n",
    "shop/extra.py": "TEN = 10\n",
    "shop/data/prices.json": '{"tea": 3}',
    "shop/.hidden": "x",
}

DIST = {
    "site-packages/gitted/__init__.py": "from .inner import double\n",
    "site-packages/gitted/inner.py": "def double(x):\n    return x * 2\n",
    "site-packages/gitted-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: gitted\nVersion: 1.0\n",
    "site-packages/gitted-1.0.dist-info/RECORD": "gitted/__init__.py,,\ngitted/inner.py,,\n",
    "site-packages/gitted-1.0.dist-info/top_level.txt": "gitted\n",
    "site-packages/gitted-1.0.dist-info/direct_url.json": '{"url": "https://example.org/gitted.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
}
COMPILED = {
    **DIST,
    "site-packages/gitted/fast.so": b"",
    "site-packages/gitted-1.0.dist-info/RECORD": "gitted/__init__.py,,\ngitted/inner.py,,\ngitted/fast.so,,\n",
}
ON_PATH = "import sys, os\nsys.path.insert(0, os.path.join(os.getcwd(), 'site-packages'))"

SHAPES = [
    Shape(
        "an import at the top of a cell", ("import math", "def f(x):\n    return math.sqrt(x)"), args=(4,), expect=2.0
    ),
    Shape(
        "an import under another name",
        "import collections as c\nimport os.path as osp\ndef f(x):\n    return c.Counter(x).most_common(1)[0][0], osp.basename('a/b')",
        args=("aab",),
        expect=("a", "b"),
        shows=("import os.path as osp",),
    ),
    Shape(
        "a star import",
        "from math import *\ndef f(x):\n    return floor(sqrt(x)) + int(pi)",
        args=(17,),
        expect=7,
        hides=("import *",),
    ),
    Shape(
        "a submodule that an import brings along",
        "import xml.etree.ElementTree\ndef f(t):\n    return xml.etree.ElementTree.fromstring(t).tag",
        args=("<a/>",),
        expect="a",
    ),
    Shape(
        "a submodule that somebody else imported",
        "import concurrent\nimport concurrent.futures as other\ndef f(x):\n    with concurrent.futures.ThreadPoolExecutor(1) as pool:\n        return pool.submit(abs, x).result()",
        args=(-2,),
        expect=2,
    ),
    Shape(
        "an import inside the body only",
        "def f(x):\n    import json\n    from textwrap import dedent as d\n    return json.dumps(d(x))",
        args=("  a",),
        expect='"a"',
    ),
    Shape(
        "an import inside the body of what is not installed",
        "def f(x):\n    import cv2\n    return cv2.imread(x)",
        refused="not_installed",
        saying="pip install opencv-python",
    ),
    Shape(
        "an import inside the body that provides for its absence",
        "def f(x):\n    try:\n        import nonexistent_accelerator as a\n    except ImportError:\n        a = None\n    return a is None",
        args=(1,),
        expect=True,
    ),
    Shape(
        "an import of what is not installed, with requirements",
        "def f(x):\n    try:\n        return 'no ' + x\n    finally:\n        pass\ndef g():\n    import cv2\n",
        target="[f, g]",
        args=("cv2",),
        expect="no cv2",
        options={"requirements": ["opencv-python>=4"]},
    ),
    Shape(
        "an import name that is not the distribution's",
        "import yaml\nfrom dateutil.parser import parse\nfrom PIL import Image\ndef f(t):\n    return yaml.safe_load(t), parse('2024-01-02').day, Image.new('L', (2, 3)).size",
        args=("a: 1",),
        expect=({"a": 1}, 2, (2, 3)),
        needs=("pyyaml", "python-dateutil", "pillow"),
        pins=("pillow", "python-dateutil", "pyyaml"),
    ),
    Shape(
        "a return annotation of a module that is used nowhere else",
        "import numpy as np\ndef f(x: int) -> np.ndarray:\n    return [x]",
        args=(1,),
        expect=[1],
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "from __future__ import annotations",
        (
            "from __future__ import annotations",
            "import decimal\ndef f(x: decimal.Decimal | Missing, y: list[Unknown] = ()) -> decimal.Decimal | None:\n    return x",
        ),
        args=(1,),
        expect=1,
        shows=("from __future__ import annotations",),
    ),
    Shape(
        "imports for type checkers",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nowhere.at_all import Frame\ndef f(x: 'Frame', y: 'Frame | None' = None) -> 'list[Frame]':\n    return [x]",
        args=(1,),
        expect=[1],
        shows=("if TYPE_CHECKING:\n    from nowhere.at_all import Frame",),
    ),
    Shape(
        "quoted annotations",
        "from decimal import Decimal\nclass Later:\n    pass\ndef f(x: 'Decimal', y: \"Later | None\" = None) -> 'Undefined':\n    return x + 1",
        args=(1,),
        expect=2,
    ),
    Shape(
        "Optional, Union, List",
        "from typing import Optional, Union, List, Dict\ndef f(x: Optional[int] = None, y: Union[int, str] = 1, z: List[Dict[str, int]] = []) -> Optional[int]:\n    return y",
        args=(3,),
        expect=1,
    ),
    Shape(
        "Annotated, Literal and new unions",
        "from typing import Annotated, Literal\nfrom collections.abc import Callable, Sequence\nMode = Literal['a', 'b']\nPositive = Annotated[int, 'positive']\ndef f(m: Mode = 'a', n: Positive | None = None, c: Callable[[int], str] | None = None, s: Sequence[float] = ()) -> str | None:\n    return m",
        args=("b",),
        expect="b",
    ),
    Shape(
        "a local variable with an annotation of nothing",
        "def f(x):\n    y: Nonsense = x\n    return y",
        args=(2,),
        expect=2,
    ),
    Shape(
        "a helper of a local module",
        ("from helpers import pure", "def f(x):\n    return pure(x)"),
        args=(2,),
        expect=20,
        files={"helpers.py": "K = 10\ndef pure(x):\n    return other(x) * K\ndef other(x):\n    return x\n"},
    ),
    Shape(
        "an attribute of a local module",
        ("import helpers", "def f(x):\n    return helpers.pure(x)"),
        args=(2,),
        expect=20,
        files={"helpers.py": "K = 10\ndef pure(x):\n    return x * K\n"},
    ),
    Shape(
        "a function of a local module, published itself",
        "import helpers",
        target="helpers.pure",
        args=(2,),
        expect=22,
        files={
            "helpers.py": "import deeper\ndef pure(x):\n    return deeper.ten() * x + 2\n",
            "deeper.py": "def ten():\n    return 10\n",
        },
    ),
    Shape(
        "a method of a class of a local module",
        "import helpers",
        target="helpers.Box.make",
        args=(2,),
        expect=[2, 1],
        files={
            "helpers.py": "class Box:\n    one = 1\n    @classmethod\n    def make(cls, x):\n        return [x, cls.one]\n"
        },
    ),
    Shape(
        "a closure made by a local module",
        "import helpers\nf = helpers.make(7)",
        args=(2,),
        expect=109,
        files={
            "helpers.py": "K = 100\ndef plus(x):\n    return x + K\ndef make(n):\n    def add(x):\n        return plus(x) + n\n    return add\n"
        },
    ),
    Shape(
        "a decorator of a local module",
        "from decos import twice\n@twice\ndef f(x):\n    return x + 1",
        args=(1,),
        expect=4,
        files={
            "decos.py": "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def inner(*a):\n        return g(*a) * 2\n    return inner\n"
        },
    ),
    Shape(
        "a constant of a local module",
        "from config import RATE\nimport config\ndef f(x):\n    return x * RATE",
        args=(3,),
        expect=6,
        files={"config.py": "RATE = 2\nimport os\nos.environ['NEVER_SET_IN_A_WORKER'] = '1'\n"},
        shows=("RATE = 2",),
    ),
    Shape(
        "an instance of a class of a local module",
        "from models import Model\nmodel = Model(3)\ndef f(x):\n    return model.run(x)",
        args=(2,),
        expect=6,
        files={
            "models.py": "class Model:\n    def __init__(self, w):\n        self.w = w\n    def run(self, x):\n        return self.w * x\n"
        },
    ),
    Shape(
        "two helpers of one name from two modules",
        "import one, two\nfrom one import h as h1\nfrom two import h as h2\ndef f():\n    return h1() + h2(), one.h(), two.h()",
        expect=("12", "1", "2"),
        files={"one.py": "def h():\n    return '1'\n", "two.py": "def h():\n    return '2'\n"},
    ),
    Shape(
        "a local package with relative imports and a data file",
        "from shop import price\ndef f(name):\n    return price(name)",
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
        "import colorsys\ndef f():\n    return colorsys.mine()",
        expect="mine",
        files={"colorsys.py": "def mine():\n    return 'mine'\n"},
    ),
    Shape(
        "a local module in another encoding, with Windows line ends",
        "import old\ndef f():\n    return old.text()",
        expect="é",
        files={"old.py": "# -*- coding: latin-1 -*-\r\ndef text():\r\n    return 'é'\r\n".encode("latin-1")},
    ),
    Shape(
        "a local module with a module missing for another function",
        "import helpers\ndef f(x):\n    return helpers.a(x)",
        args=(1,),
        expect=2,
        files={"helpers.py": "def a(x):\n    return x + 1\ndef b(x):\n    import not_here_at_all\n"},
    ),
    Shape(
        "a local module that builds pipelines",
        "import flow",
        target="flow.prepare",
        args=(2,),
        expect=40,
        files={
            "flow.py": "from spl.core.common import lift\nK = 10\ndef helper(x):\n    return x * K\ndef prepare(x):\n    return helper(x) * 2\npipeline = lift(prepare).alias('result').render('p')\n"
        },
        hides=("spl.core",),
    ),
    Shape(
        "a pipeline of notebook functions",
        (
            "from spl.core.common import lift\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: int",
            "def one(a):\n    return P(a)\ndef two(p, k=2):\n    return isinstance(p, P) and p.x * k\npipe = lift(two).bind(p=lift(one)).alias('out').render('pipe')",
        ),
        target="pipe",
        kwargs={"a": 4},
        expect={"out": {"default": 8}},
    ),
    Shape(
        "a distribution out of git is embedded",
        (ON_PATH, "import gitted\ndef f(x):\n    return gitted.double(x)"),
        args=(4,),
        expect=8,
        files=DIST,
        pins=(),
    ),
    Shape(
        "a distribution out of git with compiled parts is refused",
        (ON_PATH, "import gitted\ndef f(x):\n    return gitted.double(x)"),
        refused="not_on_an_index",
        saying="https://example.org/gitted.git",
        files=COMPILED,
    ),
    Shape(
        "a compiled local module is refused",
        (
            "import sys, types\nfrom importlib.machinery import ModuleSpec\nm = types.ModuleType('fast')\nm.__spec__ = ModuleSpec('fast', None, origin='fast.so')\nm.__spec__.has_location = True\nm.__file__ = 'fast.so'\nm.go = lambda: 1\nsys.modules['fast'] = m",
            "import fast\ndef f():\n    return fast.go()",
        ),
        refused="compiled_module",
        saying="fast.so",
    ),
    Shape(
        "requirements in a script block",
        ('# /// script\n# requires-python = ">=3.9"\n# dependencies = ["numpy>=2"]\n# ///', "def f(x):\n    return x"),
        args=(1,),
        expect=1,
        pins=(),
    ),
    Shape(
        "the context of a run",
        "from spl.runtime.context import current_run\ndef f():\n    return current_run() is not None",
        expect=True,
        pins=(),
    ),
    Shape(
        "importlib.import_module",
        "import importlib\ndef f(x):\n    return importlib.import_module('json').dumps(x)",
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
        "def f(x):\n    print(x, end='')\n    return repr(print)",
        args=("",),
        expect="<built-in function print>",
    ),
    Shape(
        "display of a notebook",
        "import builtins\nclass D:\n    __module__ = 'IPython.core.display'\nbuiltins.display = D()\ndef f(x):\n    display(x)",
        refused="notebook_only",
        saying="'display'",
    ),
    Shape(
        "an included data file",
        "def f():\n    import sys\n    from pathlib import Path\n    return Path(sys.modules[f.__module__].__file__).with_name('note.txt').read_text()",
        expect="hello",
        files={"note.txt": "hello"},
        options={"include": ["note.txt"]},
    ),
    Shape(
        "a module that is included by name",
        "import importlib\ndef f(name):\n    return importlib.import_module(name).VALUE",
        args=("plugin",),
        expect=9,
        files={"plugin.py": "VALUE = 9\n"},
        options={"include": ["plugin"]},
    ),
]
SHAPES += [
    Shape(
        "a package of the author's without __init__",
        "import ns.inner.mod as m\ndef f(x):\n    return m.g(x)",
        args=(1,),
        expect=11,
        files={
            "ns/inner/mod.py": "from ns.inner.other import TEN\ndef g(x):\n    return x + TEN\n",
            "ns/inner/other.py": "TEN = 10\n",
        },
    ),
    Shape(
        "a local module that only the body imports",
        "def f(x):\n    import helpers\n    from helpers import pure as p\n    return helpers.pure(x) + p(x)",
        args=(2,),
        expect=8,
        files={"helpers.py": "def pure(x):\n    return x * 2\n"},
    ),
    Shape(
        "a local module that is called main",
        "import main\ndef f(x):\n    return main.g(x) + 1",
        args=(2,),
        expect=5,
        files={"main.py": "def g(x):\n    return x * 2\n"},
    ),
    Shape(
        "an import with a second choice",
        "try:\n    import ujson_is_not_here as json\nexcept ImportError:\n    import json\ndef f(x):\n    return json.dumps(x)",
        args=([1],),
        expect="[1]",
    ),
    Shape(
        "a module by its name in a text",
        "import importlib\ndef f(x):\n    np = importlib.import_module('numpy')\n    return int(np.array(x).sum())",
        args=([1, 2],),
        expect=3,
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "a limit that a dataframe query mentions",
        "import pandas as pd\nLIMIT = 1\ndef f(rows):\n    return pd.DataFrame({'a': rows}).query('a > @LIMIT')['a'].tolist()",
        args=([1, 2],),
        expect=[2],
        needs=("pandas",),
        pins=("pandas",),
    ),
    Shape(
        "a decorator of an installed library",
        "from pydantic import validate_call\n@validate_call\ndef f(x: int, y: int = 2):\n    return x + y",
        args=("3",),
        expect=5,
        needs=("pydantic",),
        pins=("pydantic",),
    ),
    Shape(
        "a command of an installed library",
        "import click\n@click.command()\n@click.option('--n', default=1)\ndef cmd(n):\n    return n\ndef f():\n    return cmd.callback(7), cmd.name",
        expect=(7, "cmd"),
        needs=("click",),
        pins=("click",),
    ),
    Shape(
        "a pipeline with an array as a constant",
        (
            "from spl.core.common import lift\nimport numpy as np",
            "def total(xs):\n    return float(sum(xs))\npipe = lift(total).bind(xs=np.arange(4)).alias('out').render('pipe')",
        ),
        target="pipe",
        expect={"out": {"default": 6.0}},
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "a pipeline with an object of the author's as a constant",
        (
            "from spl.core.common import lift\nfrom dataclasses import dataclass",
            "@dataclass\nclass P:\n    x: int\ndef get(p):\n    return p.x, type(p).__name__\npipe = lift(get).bind(p=P(3)).alias('out').render('pipe')",
        ),
        target="pipe",
        expect={"out": {"default": (3, "P")}},
    ),
    Shape(
        "functions of an older cell, of a newer one and of a local module in one pipeline",
        (
            "from spl.core.common import lift\nimport helpers",
            "def f(x):\n    return x + 1\nfirst = lift(f)",
            "def f(y):\n    return y * 10\npipe = lift(helpers.pure).bind(z=lift(f).bind(y=first)).alias('out').render('pipe')",
        ),
        target="pipe",
        kwargs={"x": 1},
        expect={"out": {"default": -20}},
        files={"helpers.py": "def pure(z):\n    return -z\n"},
    ),
    Shape(
        "an environment that a script block and an argument name",
        '# /// script\n# dependencies = ["numpy>=2"]\n# ///\ndef f(x):\n    return x',
        args=(1,),
        expect=1,
        options={"requirements": ["attrs"]},
    ),
    Shape(
        "a local module changed since it was imported",
        (
            "import helpers, pathlib",
            "pathlib.Path(helpers.__file__).write_text('def g(x):\\n    return x + 1000\\n')\ndef f(x):\n    return helpers.g(x)",
        ),
        args=(1,),
        expect=1001,
        files={"helpers.py": "def g(x):\n    return x\n"},
    ),
]
