"""Values and classes that functions use."""

from __future__ import annotations

import datetime
from decimal import Decimal

from .shape import Shape

SHAPES = [
    Shape(
        "module constants of plain types",
        (
            "N = 3",
            "T = 'text'\nB = b'\\x00'\nP = -1.5\nX = None",
            """
            def f():
                return N, T, B, P, X
            """,
        ),
        expect=(3, "text", b"\x00", -1.5, None),
        shows=("N = 3",),
    ),
    Shape(
        "constants that are collections",
        """
            D = {'a': [1, 2], 'b': (3,)}
            S = {3, 1, 2}
            F = frozenset({'y', 'x'})
            E = set()
            def f():
                return D, sorted(S), sorted(F), E
        """,
        expect=({"a": [1, 2], "b": (3,)}, [1, 2, 3], ["x", "y"], set()),
    ),
    Shape(
        "a constant as the author wrote it",
        """
            LIMIT = 60 * 60  # seconds
            def f():
                return LIMIT
        """,
        expect=3600,
        shows=("LIMIT = 60 * 60  # seconds",),
    ),
    Shape(
        "a constant that was changed since",
        (
            "K = 1",
            "K += 5",
            """
        def f():
            return K
            """,
        ),
        expect=6,
    ),
    Shape(
        "two names of one list",
        """
        A = [1]
        B = A
        def f():
            B.append(2)
            return A
        """,
        expect=[1, 2],
    ),
    Shape(
        "not a number, and infinity",
        """
            BOUNDS = [float('-inf'), float('inf')]
            def f(x):
                return BOUNDS[0] < x < BOUNDS[1]
        """,
        args=(3,),
        expect=True,
    ),
    Shape(
        "a very large integer",
        """
        BIG = 7 ** 6000
        def f():
            return BIG % 1000
        """,
        expect=pow(7, 6000, 1000),
    ),
    Shape(
        "dates and decimals",
        """
            import datetime, decimal
            DAY = datetime.date(2024, 2, 29)
            RATE = decimal.Decimal('0.1')
            ZONE = datetime.timezone.utc
            def f():
                return DAY, RATE, datetime.datetime(2024, 1, 1, tzinfo=ZONE).isoformat()
        """,
        expect=(datetime.date(2024, 2, 29), Decimal("0.1"), "2024-01-01T00:00:00+00:00"),
    ),
    Shape(
        "a compiled pattern",
        """
            import re
            WORD = re.compile(r'[a-z]+', re.I)
            def f(t):
                return WORD.findall(t)
        """,
        args=("Ab 1 c",),
        expect=["Ab", "c"],
        shows=("re.compile(r'[a-z]+', re.I)",),
    ),
    Shape(
        "a logger",
        """
            import logging
            log = logging.getLogger(__name__)
            def f():
                log.debug('x')
                return log.name in ('main', '__main__')
        """,
        expect=True,
    ),
    Shape(
        "a lock",
        """
            import threading
            LOCK = threading.Lock()
            def f():
                with LOCK:
                    return 'held'
        """,
        expect="held",
    ),
    Shape(
        "counters, deques and default dictionaries",
        """
            from collections import Counter, OrderedDict, defaultdict, deque
            C = Counter('aab')
            Q = deque([1, 2, 3], maxlen=2)
            D = defaultdict(list, {'k': [1]})
            O = OrderedDict([('z', 1)])
            def f():
                D['new'].append(C['a'])
                Q.append(9)
                return dict(D), list(Q), type(O).__name__
        """,
        expect=({"k": [1], "new": [2]}, [3, 9], "OrderedDict"),
    ),
    Shape(
        "a partial as a constant",
        """
            from functools import partial
            half = partial(round, ndigits=1)
            def f(x):
                return half(x)
        """,
        args=(1.26,),
        expect=1.3,
    ),
    Shape(
        "an itemgetter",
        """
            from operator import itemgetter
            get = itemgetter('a')
            def f(rows):
                return [get(r) for r in rows]
        """,
        args=([{"a": 1}],),
        expect=[1],
    ),
    Shape(
        "a random generator",
        """
            import random
            rng = random.Random(7)
            def f():
                return 0 <= rng.random() < 1
        """,
        expect=True,
    ),
    Shape(
        "a numpy array",
        """
            import numpy as np
            W = np.array([1.0, 2.0])
            def f(x):
                return float((W * x).sum())
        """,
        args=(2,),
        expect=6.0,
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "numpy values inside a dictionary",
        """
            import numpy as np
            MODEL = {'w': np.ones(3), 'act': np.tanh, 'k': np.float32(2)}
            def f():
                return float(MODEL['act'](MODEL['w']).sum() > 2), float(MODEL['k'])
        """,
        expect=(1.0, 2.0),
        needs=("numpy",),
    ),
    Shape(
        "a dataframe",
        """
            import pandas as pd
            DF = pd.DataFrame({'a': [1, 2]})
            def f():
                return int(DF['a'].sum())
        """,
        expect=3,
        needs=("pandas", "pyarrow"),
        pins=("pandas", "pyarrow"),
    ),
    Shape(
        "a large constant is refused by name",
        """
            BLOB = b'x' * (17 * 1024 * 1024)
            def f():
                return len(BLOB)
        """,
        refused="too_large",
        saying="'BLOB'",
    ),
    Shape(
        "a large array is refused by name",
        """
            import numpy as np
            HUGE = np.zeros(3_000_000)
            def f():
                return HUGE.size
        """,
        refused="too_large",
        saying="'HUGE'",
        needs=("numpy",),
    ),
    Shape(
        "a long list",
        """
            TABLE = list(range(20000))
            def f():
                return len(TABLE), TABLE[-1]
        """,
        expect=(20000, 19999),
    ),
    Shape(
        "an open file is refused",
        """
            import os
            fh = open(os.devnull)
            def f():
                return fh.read()
        """,
        refused="value",
        saying="'fh' is an open file",
    ),
    Shape(
        "a generator is refused",
        """
            g = (x for x in range(3))
            def f():
                return next(g)
        """,
        refused="value",
        saying="'g' is a generator",
    ),
    Shape(
        "a database connection is refused",
        """
            import sqlite3
            db = sqlite3.connect(':memory:')
            def f():
                return db.execute('select 1').fetchone()
        """,
        refused="value",
        saying="'db' is a sqlite3.Connection",
    ),
    Shape(
        "an unused file is no hindrance",
        """
        import os
        fh = open(os.devnull)
        def f():
            return 1
        """,
        expect=1,
    ),
    Shape(
        "a dataclass made inside and given back",
        (
            "from dataclasses import dataclass, field",
            """
                @dataclass
                class Point:
                    x: int
                    tags: list = field(default_factory=list)
                    def norm(self):
                        return abs(self.x)
            """,
            """
                def f(x):
                    p = Point(x)
                    return p.norm(), p.tags, isinstance(p, Point)
            """,
        ),
        args=(-3,),
        expect=(3, [], True),
    ),
    Shape(
        "a dataclass constant",
        """
            from dataclasses import dataclass
            @dataclass(frozen=True)
            class Config:
                rate: float
                names: tuple
            CONFIG = Config(0.5, ('a',))
            def f(x):
                return x * CONFIG.rate, CONFIG == Config(0.5, ('a',))
        """,
        args=(4,),
        expect=(2.0, True),
    ),
    Shape(
        "a dataclass with slots",
        """
            from dataclasses import dataclass
            @dataclass(slots=True)
            class P:
                x: int = 1
            ORIGIN = P(4)
            def f():
                return ORIGIN.x + P().x
        """,
        expect=5,
    ),
    Shape(
        "a dataclass as a default and as an annotation",
        """
            from dataclasses import dataclass
            @dataclass
            class P:
                x: int
            def f(p: P = P(3)) -> P:
                return p.x
        """,
        expect=3,
    ),
    Shape(
        "an enum",
        """
            import enum
            class Color(enum.Enum):
                RED = 1
                BLUE = 2
            BEST = Color.BLUE
            def f(n):
                return Color(n).name, BEST.value, Color(2) is BEST
        """,
        args=(1,),
        expect=("RED", 2, True),
    ),
    Shape(
        "flags put together",
        """
            import enum
            class Perm(enum.Flag):
                R = 1
                W = 2
            BOTH = Perm.R | Perm.W
            def f():
                return BOTH.value, Perm.R in BOTH
        """,
        expect=(3, True),
    ),
    Shape(
        "an enum of the functional kind",
        """
            from enum import Enum
            Size = Enum('Size', 'S M L')
            def f(n):
                return Size(n).name
        """,
        args=(2,),
        expect="M",
    ),
    Shape(
        "a NamedTuple",
        """
            from typing import NamedTuple
            class Pair(NamedTuple):
                a: int
                b: int = 2
            BASE = Pair(1)
            def f():
                return Pair(5).b + BASE.a
        """,
        expect=3,
    ),
    Shape(
        "a namedtuple of the functional kind",
        """
            from collections import namedtuple
            Pair = namedtuple('Pair', 'a b')
            BASE = Pair(1, 2)
            def f():
                return list(Pair(3, 4)), BASE.b
        """,
        expect=([3, 4], 2),
    ),
    Shape(
        "a TypedDict and a Protocol",
        """
            from typing import TypedDict, Protocol
            class Row(TypedDict):
                a: int
            class HasA(Protocol):
                a: int
            def f(r: Row, p: 'HasA | None' = None) -> Row:
                return {**r, 'b': 1}
        """,
        args=({"a": 1},),
        expect={"a": 1, "b": 1},
    ),
    Shape(
        "a pydantic model",
        (
            "from pydantic import BaseModel, field_validator",
            """
                class User(BaseModel):
                    name: str
                    age: int = 3
                    @field_validator('name')
                    @classmethod
                    def check(cls, v):
                        return v.title()
                DEFAULT = User(name='ann')
            """,
            """
                def f(u: User, k: int = 1) -> User:
                    u = User.model_validate(u)
                    return u.name, u.age + DEFAULT.age
            """,
        ),
        args=({"name": "bob"},),
        expect=("Bob", 6),
        needs=("pydantic",),
        pins=("pydantic",),
    ),
    Shape(
        "a class with __call__",
        """
            class Scale:
                def __init__(self, k):
                    self.k = k
                def __call__(self, x):
                    return x * self.k
            f = Scale(4)
        """,
        args=(3,),
        expect=12,
    ),
    Shape(
        "a bound method of a simple object",
        """
            class Model:
                def __init__(self):
                    self.w = [1, 2]
                def predict(self, x):
                    return x * sum(self.w)
            model = Model()
        """,
        target="model.predict",
        args=(2,),
        expect=6,
    ),
    Shape(
        "a bound method of an object without a name",
        """
            class Model:
                def __init__(self, w):
                    self.w = w
                def predict(self, x):
                    return x + self.w
        """,
        target="Model(5).predict",
        args=(2,),
        expect=7,
    ),
    Shape(
        "an object that holds a file is refused",
        """
            import os
            class Reader:
                def __init__(self):
                    self.fh = open(os.devnull)
                def read(self):
                    return self.fh.read()
            r = Reader()
        """,
        target="r.read",
        refused="value",
        saying="an open file",
    ),
    Shape(
        "a static method",
        """
            class K:
                @staticmethod
                def f(x):
                    return x + 1
        """,
        target="K.f",
        args=(1,),
        expect=2,
    ),
    Shape(
        "a class method",
        """
            class K:
                base = 10
                @classmethod
                def f(cls, x):
                    return cls.base + x
        """,
        target="K.f",
        args=(1,),
        expect=11,
    ),
    Shape(
        "a class itself",
        """
            from dataclasses import dataclass
            @dataclass
            class P:
                x: int
                def __post_init__(self):
                    self.x += 1
            def f(x):
                return make(x).x
            make = P
        """,
        args=(1,),
        expect=2,
    ),
    Shape(
        "inheritance and super()",
        """
            class Base:
                def go(self):
                    return 'base'
            class Child(Base):
                def go(self):
                    return 'child of ' + super().go()
            def f():
                return Child().go()
        """,
        expect="child of base",
    ),
    Shape(
        "a metaclass and a class decorator",
        """
            class Meta(type):
                def __new__(m, name, bases, ns):
                    ns['tag'] = name.lower()
                    return super().__new__(m, name, bases, ns)
            def marked(c):
                c.mark = 1
                return c
            @marked
            class Thing(metaclass=Meta):
                pass
            def f():
                return Thing.tag, Thing.mark
        """,
        expect=("thing", 1),
    ),
    Shape(
        "a method added in a later cell",
        (
            """
                class K:
                    def a(self):
                        return 1
            """,
            """
                def b(self):
                    return self.a() + 1
                K.b = b
            """,
            """
                def f():
                    return K().b()
            """,
        ),
        expect=2,
    ),
    Shape(
        "a class that was run again",
        (
            """
            class K:
                v = 1
            """,
            """
            class K:
                v = 2
            """,
            """
            def f():
                return K.v
            """,
        ),
        expect=2,
        hides=("v = 1",),
    ),
    Shape(
        "class attributes, properties and cached properties",
        """
            import functools
            BASE = 3
            class K:
                limit = BASE * 2
                @property
                def half(self):
                    return self.limit / 2
                @functools.cached_property
                def double(self):
                    return self.limit * 2
            def f():
                k = K()
                return k.half, k.double
        """,
        expect=(3.0, 12),
    ),
    Shape(
        "an exception of the author's",
        """
            class Oops(ValueError):
                code = 7
            def f(x):
                try:
                    raise Oops('no')
                except Oops as error:
                    return error.code, str(error)
        """,
        args=(1,),
        expect=(7, "no"),
    ),
    Shape(
        "a generic class",
        """
            from typing import Generic, TypeVar
            T = TypeVar('T')
            class Box(Generic[T]):
                def __init__(self, x: T) -> None:
                    self.x = x
            def f(x: T) -> Box[T]:
                return Box[int](x).x
        """,
        args=(4,),
        expect=4,
    ),
    Shape(
        "type parameters",
        """
            type Number = int | float
            def f[T: int](x: T, y: Number = 1) -> T:
                return x + y
        """,
        args=(1,),
        expect=2,
    ),
    Shape(
        "an object with a name, used by a function",
        """
            class Counter:
                def __init__(self):
                    self.n = 4
            COUNTER = Counter()
            def f():
                COUNTER.n += 1
                return COUNTER.n
        """,
        expect=5,
    ),
    Shape(
        "a property of the whole",
        """
            import types
            NS = types.SimpleNamespace(a=1, b=[2])
            RO = types.MappingProxyType({'k': 3})
            def f():
                return NS.a + NS.b[0] + RO['k']
        """,
        expect=6,
    ),
]
SHAPES += [
    Shape(
        "a class published itself",
        """
            from dataclasses import dataclass
            @dataclass
            class Pair:
                a: int
                b: int = 2
                def __iter__(self):
                    return iter((self.a, self.b))
            def f(x):
                return list(Pair(x))
        """,
        args=(1,),
        expect=[1, 2],
    ),
    Shape(
        "members of enums of the standard library",
        r"""
            import re, http
            FLAGS = re.I | re.M
            OK = http.HTTPStatus.OK
            def f():
                return re.findall('^a', 'A\na', FLAGS), OK.value, OK is http.HTTPStatus(200)
        """,
        expect=(["A", "a"], 200, True),
    ),
    Shape(
        "a path and an identifier",
        """
            import pathlib, uuid
            P = pathlib.PurePosixPath('a/b')
            U = uuid.UUID(int=5)
            def f():
                return P.name, U.int
        """,
        expect=("b", 5),
    ),
    Shape(
        "a data folder's file beside a class with a file is refused",
        """
            import threading
            T = threading.Thread(target=print)
            def f():
                return T.name
        """,
        refused="value",
        saying="'T' is a threading.Thread",
    ),
    Shape(
        "a list of own objects",
        """
            class P:
                def __init__(self, n):
                    self.n = n
            ALL = [P(1), P(2)]
            BY = {'a': P(3)}
            def f():
                return sum(p.n for p in ALL) + BY['a'].n
        """,
        expect=6,
    ),
    Shape(
        "an object that contains itself is refused",
        """
            class Node:
                pass
            N = Node()
            N.me = N
            def f():
                return N.me is N
        """,
        refused="value",
        saying="contains itself",
    ),
    Shape(
        "a class that is a dictionary underneath is refused as a constant",
        """
            class D(dict):
                pass
            CONF = D(a=1)
            def f():
                return CONF['a']
        """,
        refused="value",
        saying="'CONF'",
    ),
    Shape(
        "classes that refer to each other",
        """
            class A:
                def other(self):
                    return B()
            class B(A):
                def other(self):
                    return A()
            def f():
                return type(A().other()).__name__, type(B().other()).__name__
        """,
        expect=("B", "A"),
    ),
    Shape(
        "a dataclass with a factory that reads a constant",
        """
            from dataclasses import dataclass, field
            START = [1]
            @dataclass
            class P:
                xs: list = field(default_factory=lambda: list(START))
            def f():
                return P().xs
        """,
        expect=[1],
    ),
    Shape(
        "an abstract class and its child",
        """
            import abc
            class Shape(abc.ABC):
                @abc.abstractmethod
                def area(self): ...
            class Square(Shape):
                def __init__(self, a):
                    self.a = a
                def area(self):
                    return self.a ** 2
            S = Square(3)
            def f():
                return S.area()
        """,
        expect=9,
    ),
    Shape(
        "typing aliases and new types",
        """
            from typing import NewType, Optional, Callable, Union
            UserId = NewType('UserId', int)
            Maybe = Optional[UserId]
            Fn = Callable[[int], int]
            Row = dict[str, Union[int, str]]
            def f(u: Maybe, g: Fn = abs, r: Row | None = None) -> UserId:
                return UserId(u + 1)
        """,
        args=(1,),
        expect=2,
    ),
]
