"""Values to documents: the plain types here, every other one by the module that knows it."""

from __future__ import annotations

from binascii import b2a_base64
from math import isfinite

from spl.runtime.values.model import INLINE_LIMIT, MAX_DEPTH, MAX_ITEMS, SAFE_INT, TAG, NotEncodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any, BinaryIO

    from spl.runtime.blobs import Blobs
    from spl.runtime.values.model import Doc

    Write = Callable[["Encoder", Any, int], Doc]

WORTH_A_LOOK = 8  # from this length on, asking a list for its types once is cheaper than asking every item
MANY_BITS = 10_000  # Python refuses to write larger numbers in decimal, and takes quadratic time for it
LONGEST_REASON = 500  # characters quoted of another library's error
SHOWN_KEY = 60  # characters of a key in an error's path
PLAIN = frozenset((type(None), bool))


class Refused(Exception):
    """A value that can't travel, on its way up: each container adds the step that leads to it."""

    def __init__(self, kind: type, reason: str = "", *, too_deep: object = None) -> None:
        super().__init__()
        self.kind = kind
        self.reason = reason
        self.too_deep = too_deep
        self.steps: list[str] = []

    def inside(self, container: object, step: str) -> None:
        if self.too_deep is not None and container is self.too_deep:
            self.kind, self.reason, self.steps = type(container), "it contains itself", []
        else:
            self.steps.append(step)


class Encoder:
    """One value on its way to a document."""

    __slots__ = ("allow_pickle", "blobs", "items", "known")

    def __init__(self, blobs: Blobs | None = None, allow_pickle: bool = False) -> None:
        self.blobs = blobs
        self.allow_pickle = allow_pickle
        self.items = 0
        self.known: dict[type, Write] = {}

    def document(self, value: object, root: str) -> Doc:
        try:
            return self.doc(value, 1)
        except Refused as refused:
            path = root + "".join(reversed(refused.steps))
            raise NotEncodable(name_of(refused.kind), path, refused.reason) from refused.__cause__
        except (OSError, MemoryError):  # the disk or the machine, not the value
            raise
        except Exception as error:  # the value's own code, or the library's
            said = f"it could not be written ({type(error).__name__}: {error})"
            raise NotEncodable(name_of(type(value)), root, said[:LONGEST_REASON]) from error

    def doc(self, value: Any, depth: int) -> Doc:
        """The document of a value that is `depth` containers deep."""
        kind = type(value)
        if kind is str:
            return value if value.isascii() else text_doc(value)
        if kind is int:
            return value if -SAFE_INT <= value <= SAFE_INT else {TAG: "int", "v": digits(value)}
        if kind is float:
            return value if isfinite(value) else {TAG: "float", "v": str(value)}
        if kind is bool or value is None:
            return value
        if kind is dict:
            return self.mapping(value, depth)
        if kind is list:
            return self.sequence(value, depth)
        if kind is tuple:
            return {TAG: "tuple", "v": self.sequence(value, depth)}
        write = self.known.get(kind)
        if write is None:
            write = self.known[kind] = writer_of(kind)
        return write(self, value, depth)

    def sequence(self, values: Collection[Any], depth: int) -> list[Doc]:
        self.enter(values, depth)
        if len(values) >= WORTH_A_LOOK and all_plain(values):
            return list(values)
        docs: list[Doc] = []
        try:
            for value in values:
                docs.append(self.doc(value, depth + 1))  # noqa: PERF401 (its length is the step in an error)
        except Refused as refused:
            refused.inside(values, f"[{len(docs)}]")
            raise
        return docs

    def mapping(self, values: Mapping[Any, Any], depth: int) -> Doc:
        self.enter(values, depth)
        if not has_json_keys(values):
            return {TAG: "dict", "v": self.pairs(values, depth)}
        docs: dict[str, Doc] = {}
        key = ""
        try:
            for key, value in values.items():
                docs[key] = self.doc(value, depth + 1)
        except Refused as refused:
            refused.inside(values, step_of(key))
            raise
        return docs

    def pairs(self, values: Mapping[Any, Any], depth: int) -> list[list[Doc]]:
        docs: list[list[Doc]] = []
        for key, value in values.items():
            try:
                docs.append([self.doc(key, depth + 1), self.doc(value, depth + 1)])
            except Refused as refused:
                refused.inside(values, step_of(key))
                raise
        return docs

    def fields(self, owner: object, values: Mapping[str, Any], depth: int) -> dict[str, Doc]:
        """The documents of an object's fields, by name."""
        self.enter(values, depth, owner)
        docs: dict[str, Doc] = {}
        name = ""
        try:
            for name, value in values.items():
                docs[name] = self.doc(value, depth + 1)
        except Refused as refused:
            refused.inside(owner, f".{name}")
            raise
        return docs

    def enter(self, container: Collection[Any], depth: int, owner: object = None) -> None:
        """Keep the document within what any reader can follow."""
        owner = container if owner is None else owner
        self.items += len(container)
        if depth > MAX_DEPTH:
            raise Refused(type(owner), f"it is more than {MAX_DEPTH} levels deep", too_deep=owner)
        if self.items > MAX_ITEMS:
            raise Refused(type(owner), f"the value has more than {MAX_ITEMS} items; return arrays, or an artifact")

    def payload(self, write: Callable[[BinaryIO], object], size: int, media_type: str) -> dict[str, Doc]:
        """What `write(file)` writes: inline where it is small, else as a blob. `size` is a guess at its length."""
        if self.blobs is not None and size > INLINE_LIMIT:
            return {"blob": self.blobs.put(write, media_type).to_doc()}
        import io

        buffer = io.BytesIO()
        write(buffer)
        return self.bytes_payload(buffer.getvalue(), media_type)

    def bytes_payload(self, data: bytes | bytearray | memoryview, media_type: str) -> dict[str, Doc]:
        if self.blobs is not None and len(data) > INLINE_LIMIT:
            return {"blob": self.blobs.put(lambda file: file.write(data), media_type).to_doc()}
        return {"v": b2a_base64(data, newline=False).decode("ascii")}


def all_plain(values: Collection[Any]) -> bool:
    """Whether the values are all of one JSON type (or None, True, False) and need no envelope."""
    kinds = set(map(type, values))
    others = kinds - PLAIN
    if not others:
        return True
    kind = others.pop()
    if others or kind not in (int, float, str):
        return False
    if len(kinds) > 1:
        values = [value for value in values if type(value) is kind]
    if kind is int:
        return bool(min(values) >= -SAFE_INT and max(values) <= SAFE_INT)
    if kind is float:
        return all(map(isfinite, values))
    return all(map(str.isascii, values)) or is_text("".join(values))


def has_json_keys(values: Mapping[Any, Any]) -> bool:
    return all(type(key) is str and key != TAG and (key.isascii() or is_text(key)) for key in values)


def is_text(value: str) -> bool:
    """Whether the string has a UTF-8 form: half of a surrogate pair (an undecodable file name, say) has none."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def text_doc(value: str) -> Doc:
    if is_text(value):
        return value
    data = value.encode("utf-8", "surrogatepass")
    return {TAG: "str", "v": b2a_base64(data, newline=False).decode("ascii")}


def digits(number: int) -> str:
    return str(number) if number.bit_length() <= MANY_BITS else hex(number)


def step_of(key: object) -> str:
    shown = f'"{key}"' if isinstance(key, str) else repr(key)
    return f"[{shown if len(shown) <= SHOWN_KEY else shown[:SHOWN_KEY] + '...'}]"


def name_of(kind: type) -> str:
    """`module.Qualname`, as errors show it."""
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"


def writer_of(kind: type) -> Write:
    """The function that writes values of this type; of an unknown type, the one that refuses them."""
    from spl.runtime.values import kinds

    return kinds.writer_of(kind)
