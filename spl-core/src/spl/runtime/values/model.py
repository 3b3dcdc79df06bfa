"""What a value document is made of, and what stands in for values that can't be rebuilt here."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    Doc = Any  # JSON: None, bool, int, float, str, list[Doc], dict[str, Doc]
else:
    Doc = object

TAG = "$spl"

INLINE_LIMIT = 256 * 1024  # above this a payload is a blob: rows, frames and JSON bodies stay small
MAX_DEPTH = 64  # nobody nests data deeper by hand, and every JSON reader on the way can follow
MAX_ITEMS = 2**25  # of one document; beyond it lists hold references to themselves, or should have been arrays
SAFE_INT = 2**53  # beyond it JSON readers that know only doubles lose digits


class NotEncodable(TypeError):
    """A value can't travel.

    Attributes:
        type_name: the type that can't, `module.Name`.
        path: where it was met, `result["a"][3]`.
        reason: why, where there is more to say than the type.
    """

    def __init__(self, type_name: str, path: str = "result", reason: str = "") -> None:
        super().__init__(type_name, path, reason)
        self.type_name = type_name
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        said = f"{self.path} is of type {self.type_name}, which can't travel between processes"
        return f"{said}: {self.reason}." if self.reason else f"{said}."


class NotDecodable(ValueError):
    """A document is damaged, of an unknown kind, or needs what this side has not allowed."""


class Opaque:
    """Stands in a plain view where a value has no JSON form."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "OPAQUE"


OPAQUE = Opaque()


class ArtifactRef:
    """A file the run left in its artifact folder, in the place of the path or figure that was returned."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, ArtifactRef) else NotImplemented

    def __hash__(self) -> int:
        return hash((ArtifactRef, self.name))

    def __repr__(self) -> str:
        return f"ArtifactRef({self.name!r})"


class EncodedValue:
    """A value that this process can't rebuild: the library is missing, or the kind is unknown.

    Attributes:
        media_type: what the bytes are.
        type_name: the type of the value where it was made.
        data: the bytes, or None where they are in a file.
        path: the file, or None.
    """

    __slots__ = ("data", "doc", "media_type", "path", "type_name")

    def __init__(
        self, media_type: str, type_name: str, *, data: bytes | None = None, path: Path | None = None, doc: Doc = None
    ) -> None:
        self.media_type = media_type
        self.type_name = type_name
        self.data = data
        self.path = path
        self.doc = doc

    def read(self) -> bytes:
        """The bytes, wherever they are."""
        if self.path is not None:
            return self.path.read_bytes()
        return self.data or b""

    def __repr__(self) -> str:
        where = f"in {self.path}" if self.path is not None else f"{len(self.data or b'')} bytes"
        return f"<EncodedValue {self.type_name}, {self.media_type}, {where}>"


class Record:
    """The fields of an object whose class is not known here: `record.x`, `record["x"]`, `dict(record)`.

    A field named like one of the methods is reached as `record["keys"]`.
    """

    __slots__ = ("_fields", "_kind", "_parts", "_type_name")

    def __init__(
        self, type_name: str, fields: dict[str, Any], kind: str = "dataclass", parts: dict[str, Any] | None = None
    ) -> None:
        """`parts` are what its document has beside the fields; what of them can be seen is among the fields too."""
        object.__setattr__(self, "_type_name", type_name)
        object.__setattr__(self, "_fields", dict(fields))
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_parts", parts or {})

    @property
    def type_name(self) -> str:
        """`module:Qualname` of the class where the value was made."""
        return str(self._type_name)

    @property
    def kind(self) -> str:
        """dataclass, namedtuple, pydantic or enum."""
        return str(self._kind)

    @property
    def parts(self) -> dict[str, Any]:
        return dict(self._parts)

    def keys(self) -> list[str]:
        return list(self._fields)

    def values(self) -> list[Any]:
        return list(self._fields.values())

    def items(self) -> list[tuple[str, Any]]:
        return list(self._fields.items())

    def get(self, name: str, default: Any = None) -> Any:
        return self._fields.get(name, default)

    def __getitem__(self, name: str | int) -> Any:
        return self.values()[name] if isinstance(name, int) else self._fields[name]

    def __getattr__(self, name: str) -> Any:
        if name in Record.__slots__:
            raise AttributeError(name)
        try:
            return self._fields[name]
        except KeyError:
            raise AttributeError(f"the {self._type_name} has no field {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Record is read only")

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return (self._type_name, self._kind, self._fields) == (other._type_name, other._kind, other._fields)

    __hash__ = None  # type: ignore[assignment]  # it may hold lists

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return Record, (self._type_name, self._fields, self._kind, self._parts)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._fields]

    def __repr__(self) -> str:
        name = self._type_name.rpartition(":")[2]
        return f"{name}({', '.join(f'{key}={value!r}' for key, value in self._fields.items())})"
