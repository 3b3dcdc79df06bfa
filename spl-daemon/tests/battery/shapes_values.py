"""Values and classes that functions use."""

from __future__ import annotations

import datetime
from decimal import Decimal

from .shape import Shape

SHAPES = [
    Shape(
        "module constants of plain types",
        ("N = 3", "T = 'text'\nB = b'\\x00'\nP = -1.5\nX = None", "def f():\n    return N, T, B, P, X"),
        expect=(3, "text", b"\x00", -1.5, None),
        shows=("N = 3",),
    ),
    Shape(
        "constants that are collections",
        "D = {'a': [1, 2], 'b': (3,)}\nS = {3, 1, 2}\nF = frozenset({'y', 'x'})\nE = set()\ndef f():\n    return D, sorted(S), sorted(F), E",
        expect=({"a": [1, 2], "b": (3,)}, [1, 2, 3], ["x", "y"], set()),
    ),
    Shape(
        "a constant as the author wrote it",
        "LIMIT = 60 * 60  # seconds\ndef f():\n    return LIMIT",
        expect=3600,
        shows=("LIMIT = 60 * 60  # seconds",),
    ),
    Shape("a constant that was changed since", ("K = 1", "K += 5", "def f():\n    return K"), expect=6),
    Shape("two names of one list", "A = [1]\nB = A\ndef f():\n    B.append(2)\n    return A", expect=[1, 2]),
    Shape(
        "not a number, and infinity",
        "BOUNDS = [float('-inf'), float('inf')]\ndef f(x):\n    return BOUNDS[0] < x < BOUNDS[1]",
        args=(3,),
        expect=True,
    ),
    Shape("a very large integer", "BIG = 7 ** 6000\ndef f():\n    return BIG % 1000", expect=pow(7, 6000, 1000)),
    Shape(
        "dates and decimals",
        "import datetime, decimal\nDAY = datetime.date(2024, 2, 29)\nRATE = decimal.Decimal('0.1')\nZONE = datetime.timezone.utc\ndef f():\n    return DAY, RATE, datetime.datetime(2024, 1, 1, tzinfo=ZONE).isoformat()",
        expect=(datetime.date(2024, 2, 29), Decimal("0.1"), "2024-01-01T00:00:00+00:00"),
    ),
    Shape(
        "a compiled pattern",
        "import re\nWORD = re.compile(r'[a-z]+', re.I)\ndef f(t):\n    return WORD.findall(t)",
        args=("Ab 1 c",),
        expect=["Ab", "c"],
        shows=("re.compile(r'[a-z]+', re.I)",),
    ),
    Shape(
        "a logger",
        "import logging\nlog = logging.getLogger(__name__)\ndef f():\n    log.debug('x')\n    return log.name in ('main', '__main__')",
        expect=True,
    ),
    Shape(
        "a lock",
        "import threading\nLOCK = threading.Lock()\ndef f():\n    with LOCK:\n        return 'held'",
        expect="held",
    ),
    Shape(
        "counters, deques and default dictionaries",
        "from collections import Counter, OrderedDict, defaultdict, deque\nC = Counter('aab')\nQ = deque([1, 2, 3], maxlen=2)\nD = defaultdict(list, {'k': [1]})\nO = OrderedDict([('z', 1)])\ndef f():\n    D['new'].append(C['a'])\n    Q.append(9)\n    return dict(D), list(Q), type(O).__name__",
        expect=({"k": [1], "new": [2]}, [3, 9], "OrderedDict"),
    ),
    Shape(
        "a partial as a constant",
        "from functools import partial\nhalf = partial(round, ndigits=1)\ndef f(x):\n    return half(x)",
        args=(1.26,),
        expect=1.3,
    ),
    Shape(
        "an itemgetter",
        "from operator import itemgetter\nget = itemgetter('a')\ndef f(rows):\n    return [get(r) for r in rows]",
        args=([{"a": 1}],),
        expect=[1],
    ),
    Shape(
        "a random generator",
        "import random\nrng = random.Random(7)\ndef f():\n    return 0 <= rng.random() < 1",
        expect=True,
    ),
    Shape(
        "a numpy array",
        "import numpy as np\nW = np.array([1.0, 2.0])\ndef f(x):\n    return float((W * x).sum())",
        args=(2,),
        expect=6.0,
        needs=("numpy",),
        pins=("numpy",),
    ),
    Shape(
        "numpy values inside a dictionary",
        "import numpy as np\nMODEL = {'w': np.ones(3), 'act': np.tanh, 'k': np.float32(2)}\ndef f():\n    return float(MODEL['act'](MODEL['w']).sum() > 2), float(MODEL['k'])",
        expect=(1.0, 2.0),
        needs=("numpy",),
    ),
    Shape(
        "a dataframe",
        "import pandas as pd\nDF = pd.DataFrame({'a': [1, 2]})\ndef f():\n    return int(DF['a'].sum())",
        expect=3,
        needs=("pandas", "pyarrow"),
        pins=("pandas", "pyarrow"),
    ),
    Shape(
        "a large constant is refused by name",
        "BLOB = b'x' * (17 * 1024 * 1024)\ndef f():\n    return len(BLOB)",
        refused="too_large",
        saying="'BLOB'",
    ),
    Shape(
        "a large array is refused by name",
        "import numpy as np\nHUGE = np.zeros(3_000_000)\ndef f():\n    return HUGE.size",
        refused="too_large",
        saying="'HUGE'",
        needs=("numpy",),
    ),
    Shape(
        "a long list", "TABLE = list(range(20000))\ndef f():\n    return len(TABLE), TABLE[-1]", expect=(20000, 19999)
    ),
    Shape(
        "an open file is refused",
        "import os\nfh = open(os.devnull)\ndef f():\n    return fh.read()",
        refused="value",
        saying="'fh' is an open file",
    ),
    Shape(
        "a generator is refused",
        "g = (x for x in range(3))\ndef f():\n    return next(g)",
        refused="value",
        saying="'g' is a generator",
    ),
    Shape(
        "a database connection is refused",
        "import sqlite3\ndb = sqlite3.connect(':memory:')\ndef f():\n    return db.execute('select 1').fetchone()",
        refused="value",
        saying="'db' is a sqlite3.Connection",
    ),
    Shape("an unused file is no hindrance", "import os\nfh = open(os.devnull)\ndef f():\n    return 1", expect=1),
    Shape(
        "a dataclass made inside and given back",
        (
            "from dataclasses import dataclass, field",
            "@dataclass\nclass Point:\n    x: int\n    tags: list = field(default_factory=list)\n    def norm(self):\n        return abs(self.x)",
            "def f(x):\n    p = Point(x)\n    return p.norm(), p.tags, isinstance(p, Point)",
        ),
        args=(-3,),
        expect=(3, [], True),
    ),
    Shape(
        "a dataclass constant",
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Config:\n    rate: float\n    names: tuple\nCONFIG = Config(0.5, ('a',))\ndef f(x):\n    return x * CONFIG.rate, CONFIG == Config(0.5, ('a',))",
        args=(4,),
        expect=(2.0, True),
    ),
    Shape(
        "a dataclass with slots",
        "from dataclasses import dataclass\n@dataclass(slots=True)\nclass P:\n    x: int = 1\nORIGIN = P(4)\ndef f():\n    return ORIGIN.x + P().x",
        expect=5,
    ),
    Shape(
        "a dataclass as a default and as an annotation",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\ndef f(p: P = P(3)) -> P:\n    return p.x",
        expect=3,
    ),
    Shape(
        "an enum",
        "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\nBEST = Color.BLUE\ndef f(n):\n    return Color(n).name, BEST.value, Color(2) is BEST",
        args=(1,),
        expect=("RED", 2, True),
    ),
    Shape(
        "flags put together",
        "import enum\nclass Perm(enum.Flag):\n    R = 1\n    W = 2\nBOTH = Perm.R | Perm.W\ndef f():\n    return BOTH.value, Perm.R in BOTH",
        expect=(3, True),
    ),
    Shape(
        "an enum of the functional kind",
        "from enum import Enum\nSize = Enum('Size', 'S M L')\ndef f(n):\n    return Size(n).name",
        args=(2,),
        expect="M",
    ),
    Shape(
        "a NamedTuple",
        "from typing import NamedTuple\nclass Pair(NamedTuple):\n    a: int\n    b: int = 2\nBASE = Pair(1)\ndef f():\n    return Pair(5).b + BASE.a",
        expect=3,
    ),
    Shape(
        "a namedtuple of the functional kind",
        "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\nBASE = Pair(1, 2)\ndef f():\n    return list(Pair(3, 4)), BASE.b",
        expect=([3, 4], 2),
    ),
    Shape(
        "a TypedDict and a Protocol",
        "from typing import TypedDict, Protocol\nclass Row(TypedDict):\n    a: int\nclass HasA(Protocol):\n    a: int\ndef f(r: Row, p: 'HasA | None' = None) -> Row:\n    return {**r, 'b': 1}",
        args=({"a": 1},),
        expect={"a": 1, "b": 1},
    ),
    Shape(
        "a pydantic model",
        (
            "from pydantic import BaseModel, field_validator",
            "class User(BaseModel):\n    name: str\n    age: int = 3\n    @field_validator('name')\n    @classmethod\n    def check(cls, v):\n        return v.title()\nDEFAULT = User(name='ann')",
            "def f(u: User, k: int = 1) -> User:\n    u = User.model_validate(u)\n    return u.name, u.age + DEFAULT.age",
        ),
        args=({"name": "bob"},),
        expect=("Bob", 6),
        needs=("pydantic",),
        pins=("pydantic",),
    ),
    Shape(
        "a class with __call__",
        "class Scale:\n    def __init__(self, k):\n        self.k = k\n    def __call__(self, x):\n        return x * self.k\nf = Scale(4)",
        args=(3,),
        expect=12,
    ),
    Shape(
        "a bound method of a simple object",
        "class Model:\n    def __init__(self):\n        self.w = [1, 2]\n    def predict(self, x):\n        return x * sum(self.w)\nmodel = Model()",
        target="model.predict",
        args=(2,),
        expect=6,
    ),
    Shape(
        "a bound method of an object without a name",
        "class Model:\n    def __init__(self, w):\n        self.w = w\n    def predict(self, x):\n        return x + self.w",
        target="Model(5).predict",
        args=(2,),
        expect=7,
    ),
    Shape(
        "an object that holds a file is refused",
        "import os\nclass Reader:\n    def __init__(self):\n        self.fh = open(os.devnull)\n    def read(self):\n        return self.fh.read()\nr = Reader()",
        target="r.read",
        refused="value",
        saying="an open file",
    ),
    Shape(
        "a static method",
        "class K:\n    @staticmethod\n    def f(x):\n        return x + 1",
        target="K.f",
        args=(1,),
        expect=2,
    ),
    Shape(
        "a class method",
        "class K:\n    base = 10\n    @classmethod\n    def f(cls, x):\n        return cls.base + x",
        target="K.f",
        args=(1,),
        expect=11,
    ),
    Shape(
        "a class itself",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    def __post_init__(self):\n        self.x += 1\ndef f(x):\n    return make(x).x\nmake = P",
        args=(1,),
        expect=2,
    ),
    Shape(
        "inheritance and super()",
        "class Base:\n    def go(self):\n        return 'base'\nclass Child(Base):\n    def go(self):\n        return 'child of ' + super().go()\ndef f():\n    return Child().go()",
        expect="child of base",
    ),
    Shape(
        "a metaclass and a class decorator",
        "class Meta(type):\n    def __new__(m, name, bases, ns):\n        ns['tag'] = name.lower()\n        return super().__new__(m, name, bases, ns)\ndef marked(c):\n    c.mark = 1\n    return c\n@marked\nclass Thing(metaclass=Meta):\n    pass\ndef f():\n    return Thing.tag, Thing.mark",
        expect=("thing", 1),
    ),
    Shape(
        "a method added in a later cell",
        (
            "class K:\n    def a(self):\n        return 1",
            "def b(self):\n    return self.a() + 1\nK.b = b",
            "def f():\n    return K().b()",
        ),
        expect=2,
    ),
    Shape(
        "a class that was run again",
        ("class K:\n    v = 1", "class K:\n    v = 2", "def f():\n    return K.v"),
        expect=2,
        hides=("v = 1",),
    ),
    Shape(
        "class attributes, properties and cached properties",
        "import functools\nBASE = 3\nclass K:\n    limit = BASE * 2\n    @property\n    def half(self):\n        return self.limit / 2\n    @functools.cached_property\n    def double(self):\n        return self.limit * 2\ndef f():\n    k = K()\n    return k.half, k.double",
        expect=(3.0, 12),
    ),
    Shape(
        "an exception of the author's",
        "class Oops(ValueError):\n    code = 7\ndef f(x):\n    try:\n        raise Oops('no')\n    except Oops as error:\n        return error.code, str(error)",
        args=(1,),
        expect=(7, "no"),
    ),
    Shape(
        "a generic class",
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, x: T) -> None:\n        self.x = x\ndef f(x: T) -> Box[T]:\n    return Box[int](x).x",
        args=(4,),
        expect=4,
    ),
    Shape(
        "type parameters",
        "type Number = int | float\ndef f[T: int](x: T, y: Number = 1) -> T:\n    return x + y",
        args=(1,),
        expect=2,
    ),
    Shape(
        "an object with a name, used by a function",
        "class Counter:\n    def __init__(self):\n        self.n = 4\nCOUNTER = Counter()\ndef f():\n    COUNTER.n += 1\n    return COUNTER.n",
        expect=5,
    ),
    Shape(
        "a property of the whole",
        "import types\nNS = types.SimpleNamespace(a=1, b=[2])\nRO = types.MappingProxyType({'k': 3})\ndef f():\n    return NS.a + NS.b[0] + RO['k']",
        expect=6,
    ),
]
SHAPES += [
    Shape(
        "a class published itself",
        "from dataclasses import dataclass\n@dataclass\nclass Pair:\n    a: int\n    b: int = 2\n    def __iter__(self):\n        return iter((self.a, self.b))\ndef f(x):\n    return list(Pair(x))",
        args=(1,),
        expect=[1, 2],
    ),
    Shape(
        "members of enums of the standard library",
        "import re, http, signal\nFLAGS = re.I | re.M\nOK = http.HTTPStatus.OK\ndef f():\n    return re.findall('^a', 'A\\na', FLAGS), OK.value, OK is http.HTTPStatus(200)",
        expect=(["A", "a"], 200, True),
    ),
    Shape(
        "a path and an identifier",
        "import pathlib, uuid\nP = pathlib.PurePosixPath('a/b')\nU = uuid.UUID(int=5)\ndef f():\n    return P.name, U.int",
        expect=("b", 5),
    ),
    Shape(
        "a data folder's file beside a class with a file is refused",
        "import threading\nT = threading.Thread(target=print)\ndef f():\n    return T.name",
        refused="value",
        saying="'T' is a threading.Thread",
    ),
    Shape(
        "a list of own objects",
        "class P:\n    def __init__(self, n):\n        self.n = n\nALL = [P(1), P(2)]\nBY = {'a': P(3)}\ndef f():\n    return sum(p.n for p in ALL) + BY['a'].n",
        expect=6,
    ),
    Shape(
        "an object that contains itself is refused",
        "class Node:\n    pass\nN = Node()\nN.me = N\ndef f():\n    return N.me is N",
        refused="value",
        saying="contains itself",
    ),
    Shape(
        "a class that is a dictionary underneath is refused as a constant",
        "class D(dict):\n    pass\nCONF = D(a=1)\ndef f():\n    return CONF['a']",
        refused="value",
        saying="'CONF'",
    ),
    Shape(
        "classes that refer to each other",
        "class A:\n    def other(self):\n        return B()\nclass B(A):\n    def other(self):\n        return A()\ndef f():\n    return type(A().other()).__name__, type(B().other()).__name__",
        expect=("B", "A"),
    ),
    Shape(
        "a dataclass with a factory that reads a constant",
        "from dataclasses import dataclass, field\nSTART = [1]\n@dataclass\nclass P:\n    xs: list = field(default_factory=lambda: list(START))\ndef f():\n    return P().xs",
        expect=[1],
    ),
    Shape(
        "an abstract class and its child",
        "import abc\nclass Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...\nclass Square(Shape):\n    def __init__(self, a):\n        self.a = a\n    def area(self):\n        return self.a ** 2\nS = Square(3)\ndef f():\n    return S.area()",
        expect=9,
    ),
    Shape(
        "typing aliases and new types",
        "from typing import NewType, Optional, Callable, Union\nUserId = NewType('UserId', int)\nMaybe = Optional[UserId]\nFn = Callable[[int], int]\nRow = dict[str, Union[int, str]]\ndef f(u: Maybe, g: Fn = abs, r: Row | None = None) -> UserId:\n    return UserId(u + 1)",
        args=(1,),
        expect=2,
    ),
]
