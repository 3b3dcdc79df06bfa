"""Objects of the user's own classes, as data: dataclasses, named tuples, enums, pydantic models.

They are rebuilt as they were, field by field: no constructor, `__post_init__` or validator runs, so what they hold is
what they held, and a document can't make them do anything. Where the class is not known, or has other fields by now,
the fields arrive as a Record.
"""

from __future__ import annotations

from enum import Enum, Flag

from spl.runtime.values.decoder import text_of
from spl.runtime.values.encoder import Refused
from spl.runtime.values.kinds import BUILTINS
from spl.runtime.values.model import TAG, NotDecodable, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc


def writer_of(kind: type) -> Write | None:
    if issubclass(kind, Enum):
        return write_enum
    if kind is Record:
        return write_record
    if is_model(kind):
        return write_model
    if is_dataclass(kind):
        return write_dataclass
    if is_namedtuple(kind):
        return write_namedtuple
    return None


def is_namedtuple(kind: type) -> bool:
    names = getattr(kind, "_fields", None)
    return issubclass(kind, tuple) and isinstance(names, tuple) and all(type(name) is str for name in names)


def is_dataclass(kind: type) -> bool:
    return isinstance(getattr(kind, "__dataclass_fields__", None), dict)


def is_model(kind: type) -> bool:
    """Whether it is a pydantic model; nobody imports pydantic to find out."""
    return any(
        base.__name__ == "BaseModel" and base.__module__ in ("pydantic.main", "pydantic.v1.main")
        for base in kind.__mro__
    )


def type_doc(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


# --- enums ------------------------------------------------------------------------------------------------------------


def write_enum(encoder: Encoder, value: Any, depth: int) -> Doc:
    doc: dict[str, Doc] = {TAG: "enum", "type": type_doc(type(value)), "name": value.name}
    try:
        doc["v"] = encoder.doc(value.value, depth + 1)
    except Refused:  # the name is enough where the class is known
        if value.name is None:
            raise
    return doc


def read_enum(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    kind, name = decoder.type_of(doc), doc.get("name")
    value = decoder.value(doc.get("v"), depth + 1)
    if kind is not None and issubclass(kind, Enum):
        if type(name) is str and name in kind.__members__:
            return kind.__members__[name]
        if issubclass(kind, Flag) and type(value) is int:  # several flags together, which have no name of their own
            return kind(value)
    return Record(text_of(doc, "type"), {"name": name, "value": value}, "enum")


# --- dataclasses ------------------------------------------------------------------------------------------------------


def write_dataclass(encoder: Encoder, value: Any, depth: int) -> Doc:
    kind = type(value)
    if isinstance(value, (*BUILTINS, BaseException)):
        raise Refused(kind, "it is a dataclass and a built-in type at once")
    fields, unset = {}, []
    for name in field_names(kind):
        try:
            fields[name] = getattr(value, name)
        except AttributeError:  # a field(init=False) that nobody set
            unset.append(name)
    doc: dict[str, Doc] = {TAG: "dataclass", "type": type_doc(kind), "fields": encoder.fields(value, fields, depth)}
    if unset:
        doc["unset"] = unset
    more = {name: item for name, item in further_attributes(value).items() if name not in fields}
    if more:
        doc["more"] = encoder.fields(value, more, depth)
    return doc


def field_names(kind: type) -> list[str]:
    from dataclasses import fields

    return [field.name for field in fields(kind)]  # writer_of saw that it is one


def further_attributes(value: object) -> dict[str, Any]:
    """What `__post_init__` and others left on the object, without what `cached_property` can compute again."""
    from functools import cached_property

    kind = type(value)
    attributes: dict[str, Any] = getattr(value, "__dict__", {})
    return {name: item for name, item in attributes.items() if type(getattr(kind, name, None)) is not cached_property}


def read_dataclass(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    kind, fields = decoder.type_of(doc), decoder.mapping(doc.get("fields"), depth)
    unset = decoder.sequence(doc.get("unset", []), depth)
    more = decoder.mapping(doc.get("more", {}), depth)
    if kind is None or not is_plain_dataclass(kind) or sorted([*fields, *unset]) != sorted(field_names(kind)):
        return Record(text_of(doc, "type"), {**fields, **more}, parts={"unset": unset, "more": more})
    value: object = object.__new__(kind)
    for name, item in fields.items():
        object.__setattr__(value, name, item)
    if more:
        add_attributes(value, more)
    return value


def is_plain_dataclass(kind: type) -> bool:
    return is_dataclass(kind) and not issubclass(kind, (*BUILTINS, BaseException, Enum))


def add_attributes(value: object, more: Mapping[str, Any]) -> None:
    attributes = getattr(value, "__dict__", None)
    if attributes is None or any(name.startswith("__") for name in more):
        raise NotDecodable("An object has attributes that it can't have.")
    attributes.update(more)


# --- named tuples -----------------------------------------------------------------------------------------------------


def write_namedtuple(encoder: Encoder, value: Any, depth: int) -> Doc:
    kind = type(value)
    if len(kind._fields) != len(value):
        raise Refused(kind, "it is a tuple with other fields than items")
    fields = {name: value[position] for position, name in enumerate(kind._fields)}
    return {TAG: "namedtuple", "type": type_doc(kind), "fields": encoder.fields(value, fields, depth)}


def read_namedtuple(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    kind, fields = decoder.type_of(doc), decoder.mapping(doc.get("fields"), depth)
    if kind is None or not is_namedtuple(kind) or kind._fields != tuple(fields):  # type: ignore[attr-defined]
        return Record(text_of(doc, "type"), fields, "namedtuple")
    return tuple.__new__(kind, fields.values())


# --- pydantic models, of version 2 and of version 1 -------------------------------------------------------------------


def write_model(encoder: Encoder, value: Any, depth: int) -> Doc:
    kind = type(value)
    known, given = fields_of_model(kind), getattr(value, "__pydantic_fields_set__", None)
    private = getattr(value, "__pydantic_private__", None) or {}
    extra = getattr(value, "__pydantic_extra__", None) or {}
    fields = {name: item for name, item in value.__dict__.items() if name in known}
    if given is None:  # version 1
        given, extra = value.__fields_set__, {name: item for name, item in value.__dict__.items() if name not in known}
        private = {name: getattr(value, name, None) for name in kind.__private_attributes__}
    doc: dict[str, Doc] = {TAG: "pydantic", "type": type_doc(kind), "set": sorted(given)}
    doc["fields"] = encoder.fields(value, fields, depth)
    private = {name: item for name, item in private.items() if not type(item).__name__.endswith("UndefinedType")}
    for part, items in (("extra", extra), ("private", private)):
        if items:
            doc[part] = encoder.fields(value, items, depth)
    return doc


def fields_of_model(kind: Any) -> set[str]:
    return set(kind.model_fields if hasattr(kind, "model_fields") else kind.__fields__)


def read_model(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    kind, fields = decoder.type_of(doc), decoder.mapping(doc.get("fields"), depth)
    extra, private = decoder.mapping(doc.get("extra", {}), depth), decoder.mapping(doc.get("private", {}), depth)
    given = decoder.sequence(doc.get("set", []), depth)
    if kind is None or not _fits(kind, fields, extra, private, given):
        parts = {"set": given, "extra": extra, "private": private}
        return Record(text_of(doc, "type"), {**fields, **extra}, "pydantic", parts)
    value: object = object.__new__(kind)
    for name, item in _state(kind, fields, extra, private, set(given)).items():
        object.__setattr__(value, name, item)
    return value


def _fits(kind: Any, fields: Any, extra: Any, private: Any, given: Any) -> bool:
    """Whether the class still has these fields, and no others."""
    return (
        is_model(kind)
        and fields_of_model(kind) == set(fields)
        and set(getattr(kind, "__private_attributes__", {})).issuperset(private)
        and {*fields, *extra}.issuperset(given)
    )


def _state(kind: Any, fields: Any, extra: Any, private: Any, given: set[str]) -> dict[str, Any]:
    """The attributes of a model, as pydantic itself brings back a pickled or copied one."""
    if not hasattr(kind, "model_fields"):
        return {"__dict__": {**fields, **extra}, "__fields_set__": given, **private}
    return {
        "__dict__": fields,
        "__pydantic_fields_set__": given,
        "__pydantic_extra__": extra if kind.model_config.get("extra") == "allow" else None,
        "__pydantic_private__": private if kind.__private_attributes__ else None,
    }


# --- what could not be rebuilt, passed on -----------------------------------------------------------------------------


def write_record(encoder: Encoder, value: Record, depth: int) -> Doc:
    """As it came, so that it is an object again where its class is known."""
    if value.kind == "enum":
        doc = {TAG: "enum", "type": value.type_name, "name": value["name"]}
        return {**doc, "v": encoder.doc(value["value"], depth + 1)}
    beside = {name for part in ("more", "extra") for name in value.parts.get(part, ())}
    fields = {name: item for name, item in value.items() if name not in beside}
    doc = {TAG: value.kind, "type": value.type_name, "fields": encoder.fields(value, fields, depth)}
    parts = {name: part for name, part in value.parts.items() if part}
    return {**doc, **{name: encoder.doc(part, depth) for name, part in parts.items()}}


READERS = {
    "enum": read_enum,
    "dataclass": read_dataclass,
    "namedtuple": read_namedtuple,
    "pydantic": read_model,
}
