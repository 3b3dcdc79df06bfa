"""What is seldom, and easily gone wrong."""

from __future__ import annotations

from .shape import How, Shape

SHAPES = [
    Shape(
        "a decorator that is an object",
        """
            import functools
            class Memo:
                def __init__(self, f):
                    functools.update_wrapper(self, f)
                    self.f = f
                    self.seen = {}
                def __call__(self, *a):
                    if a not in self.seen:
                        self.seen[a] = self.f(*a)
                    return self.seen[a]
            @Memo
            def f(x, y=1):
                return x + y
        """,
        args=(3,),
        expect=4,
    ),
    Shape(
        "names of modules that differ from system to system",
        """
            import os
            from os import getcwd
            import os.path
            join = os.path.join
            sep = os.sep
            def f(): return join('a','b'), bool(getcwd()), sep
        """,
        expect=("a/b", True, "/"),
        shows=("from os.path import join", "from os import getcwd"),
    ),
    Shape(
        "another name for a function of an installed library",
        r"""
            from pandas import read_csv, DataFrame
            import io
            rc = read_csv
            def f(): return rc(io.StringIO('a\n1')).a.tolist(), DataFrame.__name__
        """,
        expect=([1], "DataFrame"),
        needs=("pandas",),
    ),
    Shape(
        "a bound method of a logger",
        """
            import logging
            log = logging.getLogger('x').info
            def f():
                log('a')
                return 1
        """,
        expect=1,
    ),
    Shape(
        "a local module that is a script too",
        """
            import helpers
            def f(): return helpers.a()
        """,
        files={
            "helpers.py": """
            def a(): return 1
            if __name__ == '__main__':
                import not_installed_xyz
            """
        },
        expect=1,
    ),
    Shape(
        "a static method outside of a class",
        """
        @staticmethod
        def f(x): return x+1
        """,
        args=(1,),
        here_only=True,
        expect=2,
    ),
    Shape(
        "a static method of a nested class",
        """
            class A:
                class B:
                    @staticmethod
                    def f(x): return x*2
        """,
        target="A.B.f",
        args=(2,),
        expect=4,
    ),
    Shape(
        "a variable that holds a bound method",
        """
            class A:
                def __init__(self): self.n=2
                def f(self,x): return x*self.n
            a=A()
            g=a.f
            def f(x): return g(x)
        """,
        args=(2,),
        expect=4,
    ),
    Shape(
        "constants assigned together",
        """
        A, B = 1, [2]
        (C) = 3
        def f(): return A,B,C
        """,
        expect=(1, [2], 3),
    ),
    Shape(
        "a constant with an annotation",
        """
        from typing import Final
        A: Final[int] = 5
        def f(): return A
        """,
        expect=5,
    ),
    Shape(
        "an async function below an async decorator",
        """
            import asyncio, functools
            def deco(f):
                @functools.wraps(f)
                async def inner(*a, **k):
                    return (await f(*a, **k)) + 1
                return inner
            @deco
            async def f(x):
                await asyncio.sleep(0)
                return x
        """,
        args=(1,),
        expect=2,
    ),
    Shape(
        "an async function below a plain decorator",
        """
            import functools
            def deco(f):
                @functools.wraps(f)
                def inner(*a, **k):
                    return f(*a, **k)
                return inner
            @deco
            async def f(x):
                return x
        """,
        args=(1,),
        expect=1,
    ),
    Shape(
        "a closure over an object of the author's",
        """
            class A:
                def __init__(self, n): self.n=n
            def make(a):
                def f(x): return x + a.n
                return f
            f = make(A(4))
        """,
        args=(1,),
        expect=5,
    ),
    Shape(
        "closures of a loop, which share its variable",
        """
            fs=[]
            def mk():
                out=[]
                for i in range(3):
                    def g(x): return x+i
                    out.append(g)
                return out
            f=mk()[0]
        """,
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
        """
            import functools
            def mk(n):
                @functools.lru_cache(None)
                def g(x): return x+n
                return g
            f=mk(3)
        """,
        args=(1,),
        expect=4,
    ),
    Shape(
        "a closure below a decorator made with a local variable",
        """
            import functools
            import functools
            def rep(n):
                def d(g):
                    @functools.wraps(g)
                    def w(x): return g(x)*n
                    return w
                return d
            def mk(times):
                @rep(times)
                def g(x): return x
                return g
            f=mk(3)
        """,
        refused="closure",
        saying="'times'",
    ),
    Shape(
        "a default taken from a local variable",
        """
            def mk(n):
                def g(x, k=n): return x+k
                return g
            f=mk(3)
        """,
        args=(1,),
        expect=4,
    ),
    Shape(
        "classes that register themselves",
        """
            REG={}
            def reg(c):
                REG[c.__name__]=c
                return c
            @reg
            class A:
                v=1
            @reg
            class B(A):
                v=2
            def f(n): return REG[n]().v
        """,
        args=("B",),
        expect=2,
    ),
    Shape(
        "a base class that keeps a list of its children",
        """
            class Base:
                kinds = {}
                def __init_subclass__(cls):
                    Base.kinds[cls.__name__]=cls
            class A(Base): pass
            def f(): return sorted(Base.kinds), A.__name__
        """,
        expect=(["A"], "A"),
    ),
    Shape(
        "a dictionary of classes",
        """
            class A: pass
            class B: pass
            T={'a':A,'b':B,'i':int}
            def f(k): return T[k].__name__
        """,
        args=("b",),
        expect="B",
    ),
    Shape(
        "a variable that took the name of an import",
        """
            import json
            json = {'x': 1}
            def f(): return json['x']
        """,
        expect=1,
    ),
    Shape("several statements on one line", "A = 1; B = A + 1; C = [A]; f = lambda: (A, B, C)", expect=(1, 2, [1])),
    Shape("a function on one line", "def f(x): return x * 2; y = 3", args=(2,), expect=4),
    Shape(
        "an f-string over several lines in a method",
        """
            class K:
                def m(self):
                    return f'''
              {self.__class__.__name__}
                x'''
            def f(): return K().m()
        """,
        expect="\n  K\n    x",
    ),
    Shape(
        "a function chosen by a condition",
        """
            import sys
            if sys.version_info > (4,):
                def f(): return 1
            else:
                def f(): return 2
        """,
        expect=2,
    ),
    Shape(
        "a constant that was awaited for",
        """
            import asyncio
            v = await asyncio.sleep(0, 5)
            def f(): return v
        """,
        expect=5,
    ),
    Shape(
        "nonlocal inside of the function itself",
        """
            def f():
                n=0
                def g():
                    nonlocal n
                    n+=1
                    return n
                return g()+g()
        """,
        expect=3,
    ),
    Shape(
        "an undefined name that the function provides for",
        """
            def f():
                try:
                    return nope
                except NameError:
                    return 1
        """,
        refused="undefined_name",
    ),
    Shape(
        "a class as the value of a field",
        """
            from dataclasses import dataclass
            @dataclass
            class C:
                t: type = int
            X=C(str)
            def f(): return X.t.__name__
        """,
        expect="str",
    ),
    Shape(
        "enum members as keys",
        """
            from enum import Enum, auto
            class E(Enum):
                A=auto()
                B=auto()
                @property
                def low(self): return self.name.lower()
            M={E.A: 1, E.B: 2}
            def f(): return M[E.B], E.A.low
        """,
        expect=(2, "a"),
    ),
    Shape(
        "partials of a class and of a method",
        """
            from functools import partial
            class P:
                def __init__(self,a,b): self.a,self.b=a,b
                def go(self,k): return self.a+self.b+k
            mk=partial(P,1)
            go=partial(P(1,2).go, 3)
            def f(): return mk(5).b, go()
        """,
        expect=(5, 6),
    ),
    Shape(
        "a partial of a partial",
        """
            from functools import partial
            def g(a,b,c): return [a,b,c]
        """,
        target="partial(partial(g,1),c=3)",
        args=(2,),
        expect=[1, 2, 3],
    ),
    Shape(
        "a method that is a generator",
        """
            class S:
                def __init__(self): self.n=3
                def it(self):
                    yield from range(self.n)
            s=S()
        """,
        target="s.it",
        expect=[0, 1, 2],
    ),
    Shape(
        "a class of an installed library",
        """
            from rich.text import Text
            def f(): return Text('a').plain
        """,
        expect="a",
        needs=("rich",),
        pins=("rich",),
    ),
    Shape(
        "a submodule that its package brings along",
        """
            import numpy
            def f(): return float(numpy.linalg.norm([3,4]))
        """,
        expect=5.0,
        needs=("numpy",),
    ),
    Shape(
        "numpy scalars, dtypes and types",
        """
            import numpy as np
            LR=np.float64(0.5)
            DT=np.dtype('float32')
            K={'t': np.int8}
            def f(): return float(LR*2), DT.name, K['t'].__name__
        """,
        expect=(1.0, "float32", "int8"),
        needs=("numpy",),
    ),
    Shape(
        "an object of an installed library is refused",
        """
            import decimal, requests
            S=requests.Session()
            def f(): return S
        """,
        refused="value",
        saying="requests.sessions.Session",
    ),
    Shape(
        "a closure over an array",
        """
            import numpy as np
            def mk(w):
                def f(x): return float((w*x).sum())
                return f
            f=mk(np.ones(3))
        """,
        args=(2,),
        expect=6.0,
        needs=("numpy",),
    ),
    Shape("a function of a namespace without a name", "def f(): return 1", how=How.EXEC, expect=1),
    Shape(
        "the module __main__",
        """
            import __main__
            K=4
            def f(): return __main__.K
        """,
        refused="value",
        saying="Use its names directly",
    ),
    Shape(
        "a parameter with the name of an open file",
        """
            x = open('/dev/null')
            def f(x): return [x for x in x]
        """,
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
        """
            class A:
                def m(self): return 1
            class B(A):
                def m(self):
                    def inner(): return super(B, self).m()
                    return inner()
            def f(): return B().m()
        """,
        expect=1,
    ),
    Shape(
        "a context variable",
        """
            import contextvars
            V=contextvars.ContextVar('v', default=3)
            def f(): return V.get()
        """,
        expect=3,
    ),
    Shape(
        "a mutable default that was changed already",
        """
            def f(x, acc=[]):
                acc.append(x)
                return acc
            f(1)
        """,
        args=(2,),
        expect=[2],
    ),
    Shape("a lambda chosen by a condition", "f = (lambda x: x) if True else (lambda x: -x)", args=(1,), expect=1),
    Shape(
        "a closure of a closure",
        """
            def a(x):
                def b(y):
                    def c(z): return x+y+z
                    return c
                return b
            f=a(1)(2)
        """,
        args=(3,),
        expect=6,
    ),
    Shape(
        "two closures over one list",
        """
            def mk():
                n=[0]
                def inc():
                    n[0]+=1
                    return n[0]
                def get(): return n[0]
                return inc,get
            inc,get=mk()
            def f():
                inc()
                return get()
        """,
        expect=1,
    ),
    Shape(
        "two closures over one variable that one assigns",
        """
            def mk():
                n=0
                def inc():
                    nonlocal n
                    n+=1
                def get(): return n
                return inc,get
            inc,get=mk()
            def f():
                inc()
                return get()
        """,
        refused="closure",
        saying="share the variable 'n'",
    ),
    Shape(
        "constants that share a part",
        """
            A=[1]
            B={'a': A, 'k': [A, 2]}
            def f():
                A.append(5)
                return B['a'], B['k'][0]
        """,
        expect=([1, 5], [1, 5]),
    ),
    Shape(
        "an object that is also in a list",
        """
            class P:
                n=1
            p=P()
            ALL=[p]
            def f():
                p.n=7
                return ALL[0].n
        """,
        expect=7,
    ),
    Shape(
        "a part with a name that nobody needs",
        """
            T=[[1],[2]]
            for row in T: pass
            def f(): return T
        """,
        expect=[[1], [2]],
        shows=("T=[[1],[2]]",),
    ),
    Shape(
        "closures over one object without a name",
        """
            class M:
                def __init__(s): s.w=[1]
            def mk(m):
                def fit(x): m.w.append(x)
                def run(): return m.w
                return fit, run
            fit, run = mk(M())
            def f(x):
                fit(x)
                return run()
        """,
        args=(4,),
        expect=[1, 4],
    ),
]
