"""What is seldom, and easily gone wrong."""

from __future__ import annotations

from .shape import How, Shape

SHAPES = [
    Shape(
        "a decorator that is an object",
        "import functools\nclass Memo:\n    def __init__(self, f):\n        functools.update_wrapper(self, f)\n        self.f = f\n        self.seen = {}\n    def __call__(self, *a):\n        if a not in self.seen:\n            self.seen[a] = self.f(*a)\n        return self.seen[a]\n@Memo\ndef f(x, y=1):\n    return x + y",
        args=(3,),
        expect=4,
    ),
    Shape(
        "names of modules that differ from system to system",
        "import os\nfrom os import getcwd\nimport os.path\njoin = os.path.join\nsep = os.sep\ndef f(): return join('a','b'), bool(getcwd()), sep",
        expect=("a/b", True, "/"),
        shows=("from os.path import join", "from os import getcwd"),
    ),
    Shape(
        "another name for a function of an installed library",
        "from pandas import read_csv, DataFrame\nimport io\nrc = read_csv\ndef f(): return rc(io.StringIO('a\\n1')).a.tolist(), DataFrame.__name__",
        expect=([1], "DataFrame"),
        needs=("pandas",),
    ),
    Shape(
        "a bound method of a logger",
        "import logging\nlog = logging.getLogger('x').info\ndef f():\n    log('a')\n    return 1",
        expect=1,
    ),
    Shape(
        "a local module that is a script too",
        "import helpers\ndef f(): return helpers.a()",
        files={"helpers.py": "def a(): return 1\nif __name__ == '__main__':\n    import not_installed_xyz\n"},
        expect=1,
    ),
    Shape("a static method outside of a class", "@staticmethod\ndef f(x): return x+1", args=(1,), expect=2),
    Shape(
        "a static method of a nested class",
        "class A:\n    class B:\n        @staticmethod\n        def f(x): return x*2",
        target="A.B.f",
        args=(2,),
        expect=4,
    ),
    Shape(
        "a variable that holds a bound method",
        "class A:\n    def __init__(self): self.n=2\n    def f(self,x): return x*self.n\na=A()\ng=a.f\ndef f(x): return g(x)",
        args=(2,),
        expect=4,
    ),
    Shape("constants assigned together", "A, B = 1, [2]\n(C) = 3\ndef f(): return A,B,C", expect=(1, [2], 3)),
    Shape("a constant with an annotation", "from typing import Final\nA: Final[int] = 5\ndef f(): return A", expect=5),
    Shape(
        "an async function below an async decorator",
        "import asyncio, functools\ndef deco(f):\n    @functools.wraps(f)\n    async def inner(*a, **k):\n        return (await f(*a, **k)) + 1\n    return inner\n@deco\nasync def f(x):\n    await asyncio.sleep(0)\n    return x",
        args=(1,),
        expect=2,
    ),
    Shape(
        "an async function below a plain decorator",
        "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n@deco\nasync def f(x):\n    return x",
        args=(1,),
        expect=1,
    ),
    Shape(
        "a closure over an object of the author's",
        "class A:\n    def __init__(self, n): self.n=n\ndef make(a):\n    def f(x): return x + a.n\n    return f\nf = make(A(4))",
        args=(1,),
        expect=5,
    ),
    Shape(
        "closures of a loop, which share its variable",
        "fs=[]\ndef mk():\n    out=[]\n    for i in range(3):\n        def g(x): return x+i\n        out.append(g)\n    return out\nf=mk()[0]",
        args=(0,),
        expect=2,
    ),
    Shape(
        "lambdas of a comprehension, which share its variable",
        "fs=[lambda x: x+i for i in range(3)]",
        target="fs[0]",
        args=(0,),
        expect=2,
    ),
    Shape(
        "a closure below a decorator",
        "import functools\ndef mk(n):\n    @functools.lru_cache(None)\n    def g(x): return x+n\n    return g\nf=mk(3)",
        args=(1,),
        expect=4,
    ),
    Shape(
        "a closure below a decorator made with a local variable",
        "import functools\nimport functools\ndef rep(n):\n    def d(g):\n        @functools.wraps(g)\n        def w(x): return g(x)*n\n        return w\n    return d\ndef mk(times):\n    @rep(times)\n    def g(x): return x\n    return g\nf=mk(3)",
        refused="closure",
        saying="'times'",
    ),
    Shape(
        "a default taken from a local variable",
        "def mk(n):\n    def g(x, k=n): return x+k\n    return g\nf=mk(3)",
        args=(1,),
        expect=4,
    ),
    Shape(
        "classes that register themselves",
        "REG={}\ndef reg(c):\n    REG[c.__name__]=c\n    return c\n@reg\nclass A:\n    v=1\n@reg\nclass B(A):\n    v=2\ndef f(n): return REG[n]().v",
        args=("B",),
        expect=2,
    ),
    Shape(
        "a base class that keeps a list of its children",
        "class Base:\n    kinds = {}\n    def __init_subclass__(cls):\n        Base.kinds[cls.__name__]=cls\nclass A(Base): pass\ndef f(): return sorted(Base.kinds), A.__name__",
        expect=(["A"], "A"),
    ),
    Shape(
        "a dictionary of classes",
        "class A: pass\nclass B: pass\nT={'a':A,'b':B,'i':int}\ndef f(k): return T[k].__name__",
        args=("b",),
        expect="B",
    ),
    Shape(
        "a variable that took the name of an import",
        "import json\njson = {'x': 1}\ndef f(): return json['x']",
        expect=1,
    ),
    Shape("several statements on one line", "A = 1; B = A + 1; C = [A]; f = lambda: (A, B, C)", expect=(1, 2, [1])),
    Shape("a function on one line", "def f(x): return x * 2; y = 3", args=(2,), expect=4),
    Shape(
        "an f-string over several lines in a method",
        "class K:\n    def m(self):\n        return f'''\n  {self.__class__.__name__}\n    x'''\ndef f(): return K().m()",
        expect="\n  K\n    x",
    ),
    Shape(
        "a function chosen by a condition",
        "import sys\nif sys.version_info > (4,):\n    def f(): return 1\nelse:\n    def f(): return 2",
        expect=2,
    ),
    Shape(
        "a constant that was awaited for", "import asyncio\nv = await asyncio.sleep(0, 5)\ndef f(): return v", expect=5
    ),
    Shape(
        "nonlocal inside of the function itself",
        "def f():\n    n=0\n    def g():\n        nonlocal n\n        n+=1\n        return n\n    return g()+g()",
        expect=3,
    ),
    Shape(
        "an undefined name that the function provides for",
        "def f():\n    try:\n        return nope\n    except NameError:\n        return 1",
        refused="undefined_name",
    ),
    Shape(
        "a class as the value of a field",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    t: type = int\nX=C(str)\ndef f(): return X.t.__name__",
        expect="str",
    ),
    Shape(
        "enum members as keys",
        "from enum import Enum, auto\nclass E(Enum):\n    A=auto()\n    B=auto()\n    @property\n    def low(self): return self.name.lower()\nM={E.A: 1, E.B: 2}\ndef f(): return M[E.B], E.A.low",
        expect=(2, "a"),
    ),
    Shape(
        "partials of a class and of a method",
        "from functools import partial\nclass P:\n    def __init__(self,a,b): self.a,self.b=a,b\n    def go(self,k): return self.a+self.b+k\nmk=partial(P,1)\ngo=partial(P(1,2).go, 3)\ndef f(): return mk(5).b, go()",
        expect=(5, 6),
    ),
    Shape(
        "a partial of a partial",
        "from functools import partial\ndef g(a,b,c): return [a,b,c]",
        target="partial(partial(g,1),c=3)",
        args=(2,),
        expect=[1, 2, 3],
    ),
    Shape(
        "a method that is a generator",
        "class S:\n    def __init__(self): self.n=3\n    def it(self):\n        yield from range(self.n)\ns=S()",
        target="s.it",
        expect=[0, 1, 2],
    ),
    Shape(
        "a class of an installed library",
        "from rich.text import Text\ndef f(): return Text('a').plain",
        expect="a",
        needs=("rich",),
        pins=("rich",),
    ),
    Shape(
        "a submodule that its package brings along",
        "import numpy\ndef f(): return float(numpy.linalg.norm([3,4]))",
        expect=5.0,
        needs=("numpy",),
    ),
    Shape(
        "numpy scalars, dtypes and types",
        "import numpy as np\nLR=np.float64(0.5)\nDT=np.dtype('float32')\nK={'t': np.int8}\ndef f(): return float(LR*2), DT.name, K['t'].__name__",
        expect=(1.0, "float32", "int8"),
        needs=("numpy",),
    ),
    Shape(
        "an object of an installed library is refused",
        "import decimal, requests\nS=requests.Session()\ndef f(): return S",
        refused="value",
        saying="requests.sessions.Session",
    ),
    Shape(
        "a closure over an array",
        "import numpy as np\ndef mk(w):\n    def f(x): return float((w*x).sum())\n    return f\nf=mk(np.ones(3))",
        args=(2,),
        expect=6.0,
        needs=("numpy",),
    ),
    Shape("a function of a namespace without a name", "def f(): return 1", how=How.EXEC, expect=1),
    Shape(
        "the module __main__",
        "import __main__\nK=4\ndef f(): return __main__.K",
        refused="value",
        saying="Use its names directly",
    ),
    Shape(
        "a parameter with the name of an open file",
        "x = open('/dev/null')\ndef f(x): return [x for x in x]",
        args=([1],),
        expect=[1],
    ),
    Shape(
        "the function's own name and docstring",
        "def f(): return __name__ in ('main',), f.__doc__, f.__name__",
        expect=(True, None, "f"),
    ),
    Shape(
        "super() with arguments",
        "class A:\n    def m(self): return 1\nclass B(A):\n    def m(self):\n        def inner(): return super(B, self).m()\n        return inner()\ndef f(): return B().m()",
        expect=1,
    ),
    Shape(
        "a context variable",
        "import contextvars\nV=contextvars.ContextVar('v', default=3)\ndef f(): return V.get()",
        expect=3,
    ),
    Shape(
        "a mutable default that was changed already",
        "def f(x, acc=[]):\n    acc.append(x)\n    return acc\nf(1)",
        args=(2,),
        expect=[2],
    ),
    Shape("a lambda chosen by a condition", "f = (lambda x: x) if True else (lambda x: -x)", args=(1,), expect=1),
    Shape(
        "a closure of a closure",
        "def a(x):\n    def b(y):\n        def c(z): return x+y+z\n        return c\n    return b\nf=a(1)(2)",
        args=(3,),
        expect=6,
    ),
    Shape(
        "two closures over one list",
        "def mk():\n    n=[0]\n    def inc():\n        n[0]+=1\n        return n[0]\n    def get(): return n[0]\n    return inc,get\ninc,get=mk()\ndef f():\n    inc()\n    return get()",
        expect=1,
    ),
    Shape(
        "two closures over one variable that one assigns",
        "def mk():\n    n=0\n    def inc():\n        nonlocal n\n        n+=1\n    def get(): return n\n    return inc,get\ninc,get=mk()\ndef f():\n    inc()\n    return get()",
        refused="closure",
        saying="share the variable 'n'",
    ),
    Shape(
        "constants that share a part",
        "A=[1]\nB={'a': A, 'k': [A, 2]}\ndef f():\n    A.append(5)\n    return B['a'], B['k'][0]",
        expect=([1, 5], [1, 5]),
    ),
    Shape(
        "an object that is also in a list",
        "class P:\n    n=1\np=P()\nALL=[p]\ndef f():\n    p.n=7\n    return ALL[0].n",
        expect=7,
    ),
    Shape(
        "a part with a name that nobody needs",
        "T=[[1],[2]]\nfor row in T: pass\ndef f(): return T",
        expect=[[1], [2]],
        shows=("T=[[1],[2]]",),
    ),
    Shape(
        "closures over one object without a name",
        "class M:\n    def __init__(s): s.w=[1]\ndef mk(m):\n    def fit(x): m.w.append(x)\n    def run(): return m.w\n    return fit, run\nfit, run = mk(M())\ndef f(x):\n    fit(x)\n    return run()",
        args=(4,),
        expect=[1, 4],
    ),
]
