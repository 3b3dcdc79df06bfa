"""Who writes and reads the kinds that are not plain JSON; each module is imported with the first value of its kind."""

from __future__ import annotations

import sys
from importlib import import_module

from spl.runtime.values.encoder import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spl.runtime.values.decoder import Read
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc

LIBRARIES = {"numpy": "arrays", "pandas": "frames", "polars": "tables", "pyarrow": "tables", "PIL": "images"}

READERS = {
    **dict.fromkeys(("set", "frozenset", "bytes", "datetime", "date", "time", "timedelta", "decimal"), "standard"),
    **dict.fromkeys(("fraction", "uuid", "path", "complex", "range", "artifact", "pickle"), "standard"),
    **dict.fromkeys(("dataclass", "namedtuple", "pydantic", "enum"), "classes"),
    **dict.fromkeys(("ndarray", "npscalar"), "arrays"),
    **dict.fromkeys(("dataframe", "series", "index", "pdarray", "pdscalar"), "frames"),
    **dict.fromkeys(("polars", "arrow"), "tables"),
    "image": "images",
}

BUILTINS = (dict, list, tuple, set, frozenset, str, int, float, complex, bytes, bytearray)

WAYS_OUT = {
    "builtins.generator": "make a list of it",
    "builtins.map": "make a list of it",
    "builtins.filter": "make a list of it",
    "builtins.zip": "make a list of it",
    "builtins.enumerate": "make a list of it",
    "builtins.list_iterator": "make a list of it",
    "builtins.coroutine": "await it",
    "builtins.function": "a function stays in its process",
    "builtins.builtin_function_or_method": "a function stays in its process",
    "builtins.method": "a method stays in its process",
    "builtins.module": "a module stays in its process",
    "builtins.type": "a class stays in its process",
    "_io.TextIOWrapper": "return what is in the file, or its path below the run's folder",
    "_io.BufferedReader": "return what is in the file, or its path below the run's folder",
    "_io.BufferedWriter": "return what is in the file, or its path below the run's folder",
    "torch.Tensor": "return tensor.detach().cpu().numpy()",
    "polars.lazyframe.frame.LazyFrame": "collect() it",
    "scipy.sparse._csr.csr_matrix": "return its data, indices, indptr and shape, or toarray()",
}


def prepare() -> None:
    """Import what the values of this process will need, by the libraries it has loaded."""
    import hashlib  # noqa: F401 (and the two below: for blobs)
    import mmap  # noqa: F401
    import threading  # noqa: F401

    for name in {"standard", "classes", *(LIBRARIES[library] for library in LIBRARIES if library in sys.modules)}:
        _module(name)


def writer_of(kind: type) -> Write:
    """The function that writes values of this type; of an unknown type, the one that refuses them."""
    module = getattr(kind, "__module__", None)
    library = LIBRARIES.get(module.partition(".")[0]) if isinstance(module, str) else None
    for name in (library, "classes", "standard"):
        write: Write | None = _module(name).writer_of(kind) if name else None
        if write is not None:
            return write
    return write_unknown


def reader_of(tag: str) -> Read | None:
    """The function that reads envelopes of this kind, if there is one."""
    name = READERS.get(tag)
    if name is None:
        return None
    read: Read = _module(name).READERS[tag]
    return read


def write_unknown(encoder: Encoder, value: object, depth: int) -> Doc:
    """A pickle where both sides allow it; otherwise the error says what to return instead."""
    if encoder.allow_pickle:
        from spl.runtime.values import standard

        return standard.write_pickle(encoder, value, depth)
    raise Refused(type(value), way_out(type(value)))


def way_out(kind: type) -> str:
    """What to do about a type that can't travel, where there is more to say than the general hint."""
    for base in BUILTINS:
        if issubclass(kind, base):
            return f"it is a subclass of {base.__name__}, so return {base.__name__}(value)"
    return WAYS_OUT.get(f"{kind.__module__}.{kind.__qualname__}", "")


def _module(name: str) -> Any:
    return import_module(f"spl.runtime.values.{name}")
