"""Functions of every form, with what they refer to."""

from __future__ import annotations

from .shape import How, Shape

SHAPES = [
    Shape(
        "a plain function",
        """
        def f(a, b=2):
            return a + b
        """,
        args=(1,),
        expect=3,
    ),
    Shape(
        "a function of a re-run cell, the latest wins",
        (
            """
            def f(x):
                return x + 1
            """,
            """
            def f(x):
                return x + 2
            """,
        ),
        args=(1,),
        expect=3,
        hides=("x + 1",),
    ),
    Shape(
        "two live functions of one name",
        (
            """
            def f(x):
                return x + 1
            old = f
            """,
            """
            def f(x):
                return old(x) * 10
            """,
        ),
        args=(1,),
        expect=20,
    ),
    Shape(
        "a helper of an earlier cell",
        (
            """
            def h(x):
                return x * 2
            """,
            """
            def f(x):
                return h(x) + 1
            """,
        ),
        args=(4,),
        expect=9,
    ),
    Shape(
        "a helper that is defined later",
        (
            """
            def f(x):
                return h(x) + 1
            """,
            """
            def h(x):
                return x * 3
            """,
        ),
        args=(4,),
        expect=13,
    ),
    Shape(
        "a chain of three helpers",
        (
            """
                def a(x):
                    return x + 1
            """,
            """
                def b(x):
                    return a(x) * 2
                def c(x):
                    return b(x) - 3
            """,
            """
                def f(x):
                    return c(x)
            """,
        ),
        args=(5,),
        expect=9,
    ),
    Shape(
        "recursion",
        """
        def f(n):
            return 1 if n < 2 else n * f(n - 1)
        """,
        args=(6,),
        expect=720,
    ),
    Shape(
        "mutual recursion",
        """
            def even(n):
                return n == 0 or odd(n - 1)
            def odd(n):
                return n != 0 and even(n - 1)
        """,
        target="even",
        args=(10,),
        expect=True,
    ),
    Shape(
        "a nested function",
        """
            def f(x):
                def inner(y):
                    return y * x
                return inner(3)
        """,
        args=(4,),
        expect=12,
    ),
    Shape(
        "positional-only parameters",
        """
            def f(a, b, /, c=0):
                return [a, b, c]
        """,
        args=(1, 2),
        kwargs={"c": 3},
        expect=[1, 2, 3],
    ),
    Shape(
        "keyword-only parameters",
        """
        def f(*, a, b=5):
            return a - b
        """,
        kwargs={"a": 9},
        expect=4,
    ),
    Shape(
        "any number of arguments",
        """
        def f(*xs):
            return sum(xs)
        """,
        args=(1, 2, 3),
        expect=6,
    ),
    Shape(
        "any keywords",
        """
            def f(**options):
                return sorted(options.items())
        """,
        kwargs={"b": 1, "a": 2},
        expect=[("a", 2), ("b", 1)],
    ),
    Shape(
        "all parameter kinds at once",
        """
            def f(a, /, b, *rest, c, **more):
                return [a, b, list(rest), c, more]
        """,
        args=(1, 2, 3, 4),
        kwargs={"c": 5, "d": 6},
        expect=[1, 2, [3, 4], 5, {"d": 6}],
    ),
    Shape(
        "an async function",
        """
            import asyncio
            async def f(x):
                await asyncio.sleep(0)
                return x + 1
        """,
        args=(1,),
        expect=2,
    ),
    Shape(
        "a generator",
        """
        def f(n):
            for i in range(n):
                yield i * i
        """,
        args=(4,),
        expect=[0, 1, 4, 9],
    ),
    Shape(
        "an async generator",
        """
            async def f(n):
                for i in range(n):
                    yield i
        """,
        args=(3,),
        expect=[0, 1, 2],
    ),
    Shape(
        "a function that shadows a builtin",
        (
            """
            def sum(xs):
                return 'mine'
            """,
            """
            def f(xs):
                return sum(xs)
            """,
        ),
        args=([1],),
        expect="mine",
    ),
    Shape(
        "a function that shadows a builtin, published itself",
        """
            def sum(xs):
                total = 100
                for x in xs:
                    total += x
                return total
        """,
        target="sum",
        args=([1, 2],),
        expect=103,
    ),
    Shape(
        "a match statement",
        """
            def f(x):
                match x:
                    case [a, b]:
                        return a + b
                    case {'k': v}:
                        return v
                    case _:
                        return None
        """,
        args=({"k": 7},),
        expect=7,
    ),
    Shape(
        "comprehensions over its own parameters",
        """
            def f(xs, k):
                return [x * k for x in xs if any(x > y for y in xs)], {x: k for x in xs}
        """,
        args=([1, 2, 3], 2),
        expect=([4, 6], {1: 2, 2: 2, 3: 2}),
    ),
    Shape(
        "names of except, with, for and del",
        """
            def f(x):
                try:
                    raise ValueError(x)
                except ValueError as error:
                    text = str(error)
                for i in range(3):
                    last = i
                del i
                return text, last
        """,
        args=("boom",),
        expect=("boom", 2),
    ),
    Shape(
        "a walrus",
        """
        def f(xs):
            return [y for x in xs if (y := x * 2) > 2]
        """,
        args=([1, 2],),
        expect=[4],
    ),
    Shape(
        "source that is not ASCII",
        """
            # über
            def f(naïve='é'):
                'Grüße: 你好'
                return naïve + 'ß→🙂'
        """,
        expect="éß→🙂",
    ),
    Shape(
        "Windows line ends",
        "def f(x):\r\n    if x:\r\n        return 'yes'\r\n    return 'no'\r\n",
        args=(1,),
        expect="yes",
    ),
    Shape("tabs", "def f(x):\n\tif x:\n\t\treturn [\n\t\t\tx,\n\t\t]\n\treturn None", args=(3,), expect=[3]),
    Shape(
        "a function inside an if block, with text that stands at the margin",
        'if True:\n    def f(x):\n        text = """\nat the margin\n    indented\n"""\n        return text + str(x)',
        args=(1,),
        expect="\nat the margin\n    indented\n1",
    ),
    Shape(
        "a docstring, comments and a trailing comment are kept",
        """
            def f(x):
                '''What it does.'''
                # why
                return x  # because
        """,
        args=(1,),
        expect=1,
        shows=("'''What it does.'''", "# why", "# because"),
    ),
    Shape(
        "a name that is global in the function",
        (
            "COUNT = 5",
            """
            def f():
                global COUNT
                COUNT += 1
                return COUNT
            """,
        ),
        expect=6,
    ),
    Shape(
        "a global that the function makes itself",
        """
            def f(x):
                global CACHE
                CACHE = {x: 1}
                return CACHE
        """,
        args=("k",),
        expect={"k": 1},
    ),
    Shape("a lambda with a name", "f = lambda x, k=3: x * k", args=(4,), expect=12),
    Shape(
        "a lambda without a name", "SCALE = 3", target="lambda x: x * 2 + SCALE", refused="no_source", saying="lambda"
    ),
    Shape(
        "a lambda published where it is written",
        (
            """
            SCALE = 3
            kept = []
            """,
            "kept.append(lambda x: x * 2 + SCALE)",
        ),
        target="kept[0]",
        args=(2,),
        expect=7,
    ),
    Shape(
        "a lambda in a list, the second on its line",
        "fs = [lambda x: x + 1, lambda x: x + 2]",
        target="fs[1]",
        args=(1,),
        expect=3,
    ),
    Shape(
        "lambdas of a loop, each with its own default",
        """
            fs = []
            for i in range(3):
                fs.append(lambda x, i=i: x * 10 + i)
        """,
        target="fs[1]",
        args=(4,),
        expect=41,
    ),
    Shape(
        "a lambda over several lines",
        """
            f = (lambda x:
                 x
                 + 1)
        """,
        args=(1,),
        expect=2,
    ),
    Shape("a lambda inside a call", "f = max([lambda x: x], key=lambda g: 1)", args=("same",), expect="same"),
    Shape(
        "a dictionary of functions",
        (
            """
                def add(a, b):
                    return a + b
                import operator
                OPS = {'add': add, 'mul': operator.mul, 'sq': lambda a, b: a ** b, 'len': len}
            """,
            """
                def f(op, a, b):
                    return OPS[op](a, b), OPS['len']('abc')
            """,
        ),
        args=("sq", 2, 5),
        expect=(32, 3),
    ),
    Shape(
        "functools.partial",
        """
            from functools import partial
            def power(x, n, *, plus=0):
                return x ** n + plus
            f = partial(power, 2, plus=1)
        """,
        args=(5,),
        expect=33,
    ),
    Shape(
        "a decorator with functools.wraps",
        """
            import functools
            def twice(g):
                @functools.wraps(g)
                def inner(*a, **k):
                    return g(*a, **k) * 2
                return inner
            @twice
            def f(x):
                return x + 1
        """,
        args=(1,),
        expect=4,
        shows=("@twice",),
    ),
    Shape(
        "stacked decorators, one with arguments",
        """
            from functools import wraps
            def plus(n):
                def outer(g):
                    @wraps(g)
                    def inner(x):
                        return g(x) + n
                    return inner
                return outer
            def twice(g):
                @wraps(g)
                def inner(x):
                    return g(x) * 2
                return inner
            @plus(1)
            @twice
            def f(x):
                return x
        """,
        args=(5,),
        expect=11,
    ),
    Shape(
        "a decorator that doesn't tell what it wraps",
        """
            def shout(g):
                def inner(text):
                    return g(text).upper()
                return inner
            @shout
            def f(text):
                return text + '!'
        """,
        args=("hey",),
        expect="HEY!",
    ),
    Shape(
        "a function wrapped by a call",
        """
            import functools
            def twice(g):
                @functools.wraps(g)
                def inner(x):
                    return g(x) * 2
                return inner
            def g(x):
                return x + 1
            f = twice(g)
        """,
        args=(1,),
        expect=4,
    ),
    Shape(
        "a function wrapped where it is published",
        """
            import functools
            def twice(g):
                @functools.wraps(g)
                def inner(x):
                    return g(x) * 2
                return inner
            def g(x):
                return x + 1
        """,
        target="twice(g)",
        args=(1,),
        expect=4,
    ),
    Shape(
        "a registry that a decorator fills",
        """
            REGISTRY = {}
            def register(name):
                def outer(g):
                    REGISTRY[name] = g
                    return g
                return outer
            @register('one')
            def one():
                return 1
            @register('two')
            def two():
                return 2
            def f(name):
                return REGISTRY[name](), sorted(REGISTRY)
        """,
        args=("two",),
        expect=(2, ["one", "two"]),
    ),
    Shape(
        "lru_cache",
        """
            from functools import lru_cache
            @lru_cache(maxsize=None)
            def f(n):
                return n if n < 2 else f(n - 1) + f(n - 2)
        """,
        args=(30,),
        expect=832040,
    ),
    Shape(
        "lru_cache laid around by a call",
        """
            import functools
            def slow(x):
                return x * 2
            f = functools.lru_cache(slow)
        """,
        args=(3,),
        expect=6,
    ),
    Shape(
        "singledispatch with implementations",
        """
            from functools import singledispatch
            @singledispatch
            def f(x):
                return 'other'
            @f.register
            def _(x: int):
                return 'int'
            @f.register(list)
            def _(x):
                return 'list'
        """,
        args=([1],),
        expect="list",
    ),
    Shape(
        "attributes of a function",
        """
        def f():
            f.calls += 1
            return f.calls
        f.calls = 10
        """,
        expect=11,
    ),
    Shape(
        "a context manager",
        """
            from contextlib import contextmanager
            @contextmanager
            def tagged(tag):
                yield f'<{tag}>'
            def f(x):
                with tagged(x) as t:
                    return t
        """,
        args=("b",),
        expect="<b>",
    ),
    Shape(
        "a closure over an int",
        """
            def make(n):
                def add(x):
                    return x + n
                return add
            f = make(5)
        """,
        args=(1,),
        expect=6,
    ),
    Shape(
        "a closure over a text and a dictionary",
        """
            def make(prefix, table):
                def look(k):
                    return prefix + table[k]
                return look
            f = make('> ', {'a': 'A'})
        """,
        args=("a",),
        expect="> A",
    ),
    Shape(
        "two closures of one function",
        """
            def make(n):
                def add(x):
                    return x + n
                return add
            add5, add7 = make(5), make(7)
            def f(x):
                return add5(x), add7(x)
        """,
        args=(1,),
        expect=(6, 8),
    ),
    Shape(
        "a closure over a function and over its sibling",
        """
            def helper(x):
                return x + 100
            def make(g):
                def inc(x):
                    return g(x) + 1
                def both(x):
                    return inc(x) * 2
                return both
            f = make(helper)
        """,
        args=(1,),
        expect=204,
    ),
    Shape(
        "a closure that counts",
        """
            def make():
                n = 3
                def f():
                    nonlocal n
                    n += 1
                    return n
                return f
            f = make()
        """,
        expect=4,
    ),
    Shape(
        "a recursive local function",
        """
            def make(k):
                def fact(n):
                    return k if n < 2 else n * fact(n - 1)
                return fact
            f = make(2)
        """,
        args=(4,),
        expect=48,
    ),
    Shape(
        "a closure over an open file",
        """
            import os
            def make(fh):
                def f():
                    return fh.read()
                return f
            f = make(open(os.devnull))
        """,
        refused="closure",
        saying="an open file, 'fh'",
    ),
    Shape(
        "a closure over a lock's holder",
        """
            import sqlite3
            def make(db):
                def f():
                    return db.execute('select 1')
                return f
            f = make(sqlite3.connect(':memory:'))
        """,
        refused="closure",
        saying="sqlite3.Connection, 'db'",
    ),
    Shape(
        "a local class in a closure",
        """
            def make(k):
                class Box:
                    def get(self):
                        return k
                def f():
                    return Box().get()
                return f
            f = make('deep')
        """,
        expect="deep",
    ),
    Shape(
        "defaults that are expressions",
        """
            import math
            BASE = 10
            def f(x=BASE * 2, y=math.floor(2.5), *, z=(BASE, 'a')):
                return x, y, z
        """,
        expect=(20, 2, (10, "a")),
    ),
    Shape(
        "a default that was true when it was made",
        """
        n = 1
        def f(x=n):
            return x
        n = 2
        """,
        expect=1,
    ),
    Shape(
        "a default that is a sentinel",
        """
            MISSING = object()
            def f(x=MISSING):
                return x is MISSING
        """,
        expect=True,
    ),
    Shape(
        "a default made by a call",
        """
            import time
            begun = time.time()
            def f(x=time.time(), y=[]):
                return isinstance(x, float) and y == []
        """,
        expect=True,
    ),
    Shape(
        "a cell with a magic command in the function",
        """
            def f():
                get_ipython().run_line_magic('time', 'x')
        """,
        refused="notebook_only",
        saying="notebook command",
    ),
    Shape(
        "a function below a cell magic",
        r"""
            source = 'def f(x):\n    return x * 4\n'
            In[-1] = 'get_ipython().run_cell_magic("time", "", ' + repr(source) + ')'
            exec(compile(source, '<timed exec>', 'exec'), globals())
        """,
        args=(2,),
        expect=8,
    ),
    Shape(
        "an undefined name",
        """
        def f(x):
            return x + nope
        """,
        refused="undefined_name",
        saying="'nope'",
    ),
    Shape(
        "exec with source at hand",
        """
            def f(x):
                return g(x)
            def g(x):
                return -x
        """,
        how=How.EXEC,
        args=(3,),
        expect=-3,
    ),
    Shape(
        "exec without source",
        """
        def f(x):
            return x
        """,
        how=How.BARE_EXEC,
        refused="no_source",
        saying="exec()",
    ),
    Shape(
        "a script",
        """
            import json
            LIMIT = 3
            def h(x):
                return json.dumps(x)
            def f(x):
                return h(x)[:LIMIT]
        """,
        how=How.SCRIPT,
        args=([1, 2],),
        expect="[1,",
    ),
    Shape(
        "python -c",
        """
        K = 4
        def f(x):
            return x * K
        """,
        how=How.COMMAND,
        args=(2,),
        expect=8,
    ),
    Shape(
        "the interactive prompt",
        (
            "import math",
            """
            def h(x):
                return math.sqrt(x)
            """,
            """
            def f(x):
                return h(x) + 1
            """,
        ),
        how=How.PROMPT,
        args=(9,),
        expect=4.0,
    ),
    Shape(
        "a test module",
        """
            import pytest
            FACTOR = 6
            def h(x):
                assert x
                return x * FACTOR
            def f(x):
                return h(x)
        """,
        how=How.PYTEST,
        args=(7,),
        expect=42,
        hides=("pytest",),
    ),
    Shape(
        "a function made inside a test",
        """
            def h(x):
                return x + 1
        """,
        how=How.PYTEST,
        target="(lambda k: lambda x: h(x) * k)(3)",
        args=(1,),
        expect=6,
    ),
    Shape(
        "a script that uses __file__",
        """
            def f():
                return __file__
        """,
        how=How.SCRIPT,
        refused="file_path",
        saying="__file__",
    ),
    Shape("a function of the standard library", "import math", target="math.sqrt", args=(16.0,), expect=4.0),
    Shape("a builtin", "x = 1", target="len", args=([1, 2],), expect=2),
    Shape(
        "a builtin without a signature", "x = 1", target="dict.fromkeys and max", refused="no_signature", saying="'max'"
    ),
    Shape(
        "a helper chain of 400",
        "\n".join(["def f0(x):\n    return x", *(f"def f{n}(x):\n    return f{n - 1}(x) + 1" for n in range(1, 401))]),
        target="f400",
        args=(0,),
        expect=400,
    ),
]
