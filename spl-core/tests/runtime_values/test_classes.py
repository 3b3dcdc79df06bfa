"""Objects of the user's own classes."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import pydantic
import pytest

from spl.runtime import values
from spl.runtime.values import NotEncodable, Record, decode, encode

calls: list[str] = []


@dataclass
class Point:
    x: int
    y: Any = (1, 2)


@dataclass
class Point3(Point):
    z: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    name: str
    inner: Point | None = None


@dataclass
class Prepared:
    base: int
    scale: InitVar[int] = 1
    total: int = field(init=False, default=0)
    never: int = field(init=False)
    hidden: str = field(default="h", repr=False, compare=False)

    def __post_init__(self, scale: int) -> None:
        calls.append("post_init")
        self.total = self.base * scale
        self.label = f"{self.base} x {scale}"

    @cached_property
    def lock(self) -> object:
        return object()


@dataclass
class Rows(list):
    title: str = ""


class Pair(NamedTuple):
    left: int
    right: Any = None


Old = namedtuple("Old", ["a", "b"])


class Colour(enum.Enum):
    RED = 1
    CRIMSON = 1  # noqa: PIE796 (another name of RED)
    CALLABLE = object()


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    YES = "yes"


class Bits(enum.Flag):
    A = 1
    B = 2


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow", arbitrary_types_allowed=True)
    number: int
    pair: Pair = Pair(0)
    child: Model | None = None
    _secret: int = pydantic.PrivateAttr(default=1)

    @pydantic.field_validator("number")
    @classmethod
    def doubled(cls, number: int) -> int:
        return number * 2

    @cached_property
    def costly(self) -> object:
        return object()


class Outer:
    @dataclass
    class Inner:
        a: int = 1


VALUES = [
    Point(1, Point(2)),
    Point3(1, [Frozen(name="a")], 2.5),
    Frozen(name="n", inner=Point(1)),
    Outer.Inner(3),
    Pair(1, Pair(2, (3,))),
    Old(1, [2]),
    Colour.RED,
    Colour.CRIMSON,
    Colour.CALLABLE,
    Level.LOW,
    Word.YES,
    Bits.A,
    Bits.A | Bits.B,
    Bits(0),
    {Word.YES: Level.LOW, Pair(1): Frozen(name="k")},
    Model(number=1, more=[Pair(1)], child=Model(number=2)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: str(value)[:40])
def test_an_object_arrives_as_one_of_its_class(travel, value):
    arrived = travel(value)

    assert type(arrived) is type(value)
    assert arrived == value
    assert repr(arrived) == repr(value)


def test_no_code_of_a_dataclass_runs_and_its_state_is_kept(travel):
    value = Prepared(3, 4)
    value.lock
    calls.clear()

    arrived = travel(value)

    assert calls == []
    assert (arrived.total, arrived.label, arrived.hidden) == (12, "3 x 4", "h")
    assert not hasattr(arrived, "never")
    assert "lock" not in vars(arrived)


def test_no_validator_of_a_model_runs_and_its_state_is_kept(travel):
    value = Model(number=1, more=1)
    value._secret = 7
    value.costly

    arrived = travel(value)

    assert arrived.number == 2, "doubled once, where it was made"
    assert arrived._secret == 7
    assert arrived.model_fields_set == {"number", "more"}
    assert arrived.model_extra == {"more": 1}
    assert "costly" not in vars(arrived)


def unknown(doc: dict[str, Any]) -> dict[str, Any]:
    return {**doc, "type": "nowhere:Gone"}


def test_an_unknown_class_arrives_as_a_record(travel):
    record = decode(unknown(encode(Point(1, Pair(2)))))

    assert isinstance(record, Record)
    assert (record.x, record["y"], record.type_name) == (1, Pair(2), "nowhere:Gone")
    assert dict(record) == {"x": 1, "y": Pair(2)}
    assert repr(record) == "Gone(x=1, y=Pair(left=2, right=None))"
    with pytest.raises(AttributeError, match="no field 'z'"):
        record.z


@pytest.mark.parametrize("value", [Point(1), Pair(1), Model(number=1), Colour.RED, Bits.A | Bits.B])
def test_a_record_is_the_object_again_where_its_class_is_known(value):
    record = decode(unknown(encode(value)))

    again = decode({**encode(record), "type": encode(value)["type"]})

    assert again == value
    assert type(again) is type(value)


def test_classes_are_looked_up_where_the_caller_says():
    asked = []

    def types(module: str, qualname: str) -> type | None:
        asked.append((module, qualname))
        return Point if qualname == "Gone" else None

    assert decode(unknown(encode(Point(1, 2))), types=types) == Point(1, 2)
    assert asked == [("nowhere", "Gone")]


def test_nothing_is_imported_to_find_a_class():
    doc = {"$spl": "dataclass", "type": "antigravity:Anything", "fields": {}}

    assert isinstance(decode(doc), Record)
    import sys

    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    "fields", [{"x": 1}, {"x": 1, "y": 2, "z": 3}, {"x": 1, "__class__": 2}], ids=["less", "more", "hostile"]
)
def test_a_class_that_has_other_fields_by_now_gives_a_record(fields):
    record = decode({**encode(Point(1)), "fields": fields})

    assert isinstance(record, Record)
    assert dict(record) == fields


@pytest.mark.parametrize(
    "doc",
    [
        {"$spl": "dataclass", "type": "builtins:dict", "fields": {}},
        {"$spl": "dataclass", "type": "builtins:object", "fields": {}},
        {"$spl": "dataclass", "type": f"{__name__}:Pair", "fields": {"left": 1, "right": 2}},
        {"$spl": "namedtuple", "type": f"{__name__}:Point", "fields": {"x": 1, "y": 2}},
        {"$spl": "pydantic", "type": f"{__name__}:Point", "fields": {"x": 1, "y": 2}},
        {"$spl": "enum", "type": f"{__name__}:Point", "name": "x", "v": 1},
        {"$spl": "enum", "type": f"{__name__}:Colour", "name": "mro", "v": 1},
        {"$spl": "dataclass", "type": "os:path.join", "fields": {}},
        {"$spl": "dataclass", "type": "", "fields": {}},
    ],
)
def test_a_type_of_another_kind_gives_a_record(doc):
    assert isinstance(decode(doc), Record)


def test_further_attributes_can_not_reach_into_the_object():
    doc = {**encode(Point(1)), "more": {"__class__": 1}}

    with pytest.raises(values.NotDecodable):
        decode(doc)


def test_a_dataclass_that_is_a_list_too_is_refused():
    with pytest.raises(NotEncodable, match="at once"):
        encode(Rows([1, 2]))


def test_a_class_defined_in_a_function_arrives_as_a_record(travel):
    @dataclass
    class Local:
        a: int

    assert travel(Local(1)).a == 1


def test_the_error_of_a_field_names_it():
    with pytest.raises(NotEncodable) as caught:
        encode([Point(1, {"k": object()})])

    assert caught.value.path == 'result[0].y["k"]'
