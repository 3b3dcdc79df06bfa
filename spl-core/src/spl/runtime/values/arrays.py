"""Numpy arrays as .npy files, and numpy's scalars.

What a reader needs of an array stands in its document (dtype, shape, order), so the header of the file is only skipped;
the file is a whole .npy all the same, for anybody's np.load. An array is written as it lies in memory, piece by piece,
and read by mapping the file: its pages come from the disk when they are touched, and writing to it changes a private
copy of the pages, never the file.
"""

from __future__ import annotations

from math import prod

from spl.runtime.values.encoder import Refused
from spl.runtime.values.model import TAG, NotDecodable
from spl.runtime.values.text import JSON_MEDIA_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc

MEDIA_TYPE = "application/x-npy"
MAGIC = b"\x93NUMPY"
ALIGNMENT = 64  # of the data in the file; numpy's own choice
PIECE = 8 * 1024 * 1024  # bytes of an array that does not lie in one piece, copied at a time
MOST_DIMENSIONS = 64  # numpy's own limit
SIZED = (1, 2, 3)  # versions of the format: their header's length has two, four and four bytes
PLAIN_SCALARS = frozenset("biufUS")  # kinds of scalars that Python has a type for (a long double apart)


def writer_of(kind: type) -> Write | None:
    import numpy

    if kind in (numpy.ndarray, numpy.memmap, numpy.recarray):
        return write_array
    if issubclass(kind, numpy.ma.MaskedArray):
        return refuse_masked
    if issubclass(kind, numpy.generic):
        return write_scalar
    if issubclass(kind, numpy.ndarray):
        return refuse_subclass
    return write_dtype if issubclass(kind, numpy.dtype) else None


def refuse_masked(encoder: Encoder, value: object, depth: int) -> Doc:
    raise Refused(type(value), "return value.data and value.mask, or value.filled()")


def refuse_subclass(encoder: Encoder, value: object, depth: int) -> Doc:
    raise Refused(type(value), "return numpy.asarray(value)")


def write_dtype(encoder: Encoder, value: Any, depth: int) -> Doc:
    raise Refused(type(value), "return value.str")


# --- arrays -----------------------------------------------------------------------------------------------------------


def write_array(encoder: Encoder, value: Any, depth: int) -> Doc:
    import numpy

    if value.dtype.hasobject:
        return write_objects(encoder, value, depth)
    array = value.view(numpy.ndarray)
    description = describe(array.dtype, type(value))
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous

    def write(file: BinaryIO) -> None:
        file.write(header(array, description, fortran))
        write_items(file, array.T if fortran else array)

    doc = {TAG: "ndarray", "dtype": jsonable(description), "shape": list(array.shape)}
    if fortran:
        doc["fortran"] = True
    if type(value) is numpy.recarray:
        doc["kind"] = "recarray"
    return {**doc, **encoder.payload(write, array.nbytes, MEDIA_TYPE)}


def write_objects(encoder: Encoder, value: Any, depth: int) -> Doc:
    if value.dtype.kind == "T":
        raise Refused(type(value), "its dtype is StringDType; convert it with astype('U')")
    if not encoder.allow_pickle:
        raise Refused(type(value), f"its dtype is {value.dtype}, and objects of any type would need pickle; tolist()")
    from spl.runtime.values import standard

    return standard.write_pickle(encoder, value, depth)


def describe(dtype: Any, kind: type) -> Any:
    """The dtype as .npy files have it. One that would come back as another is refused."""
    from numpy.lib.format import descr_to_dtype, dtype_to_descr

    try:
        description = dtype_to_descr(dtype)
        faithful = descr_to_dtype(description) == dtype
    except (TypeError, ValueError):
        faithful = False
    if not faithful:
        raise Refused(kind, f"its dtype {dtype} has no form in .npy files; convert it with astype()")
    return description


def header(array: Any, description: Any, fortran: bool) -> bytes:
    text = repr({"descr": description, "fortran_order": fortran, "shape": array.shape})
    data = text.encode("utf-8")
    version, width = (1, 2) if text.isascii() and len(data) < 60_000 else (3, 4)
    start = len(MAGIC) + 2 + width
    padding = -(start + len(data) + 1) % ALIGNMENT
    length = len(data) + padding + 1
    return MAGIC + bytes((version, 0)) + length.to_bytes(width, "little") + data + b" " * padding + b"\n"


def write_items(file: BinaryIO, array: Any) -> None:
    """The items in C order."""
    import numpy

    if array.nbytes == 0:
        return
    if array.flags.c_contiguous:
        file.write(memoryview(array.reshape(-1).view(numpy.uint8)))
        return
    items = max(1, PIECE // array.itemsize)
    pieces: Any = numpy.nditer(array, flags=["external_loop", "buffered"], buffersize=items, order="C")
    for piece in pieces:
        file.write(piece.tobytes("C"))


def read_array(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    try:
        import numpy
    except ImportError:
        return decoder.encoded(doc, "numpy.ndarray", MEDIA_TYPE)
    shape, dtype = shape_of(doc), dtype_of(doc.get("dtype"))
    data = decoder.buffer_of(doc)
    start = data_start(data)
    if prod(shape) * dtype.itemsize != len(data) - start:
        raise NotDecodable(f"The array should have {prod(shape)} items of {dtype}, and has {len(data) - start} bytes.")
    if dtype.itemsize == 0 or prod(shape) == 0:
        array = numpy.empty(shape, dtype, order="F" if doc.get("fortran") else "C")
    else:
        flat = numpy.frombuffer(data, dtype, offset=start)
        array = flat.reshape(shape, order="F" if doc.get("fortran") else "C")
    return array.view(numpy.recarray) if doc.get("kind") == "recarray" else array


def shape_of(doc: dict[str, Doc]) -> tuple[int, ...]:
    shape = doc.get("shape")
    if type(shape) is not list or len(shape) > MOST_DIMENSIONS or not all(map(_is_length, shape)):
        raise NotDecodable("An array's shape is a list of lengths.")
    return tuple(shape)


def _is_length(length: object) -> bool:
    return type(length) is int and length >= 0


def dtype_of(description: Doc) -> Any:
    from numpy.lib.format import descr_to_dtype

    dtype = descr_to_dtype(from_jsonable(description))
    if dtype.hasobject:
        raise NotDecodable("An array of objects would need pickle.")
    return dtype


def data_start(data: Any) -> int:
    """Where the items begin: behind the magic, the version, the header's length and the header."""
    if bytes(data[: len(MAGIC)]) != MAGIC or data[6] not in SIZED:
        raise NotDecodable("The array's payload is not a .npy file.")
    width = 2 if data[6] == 1 else 4
    return 8 + width + int.from_bytes(data[8 : 8 + width], "little")


def jsonable(description: Any) -> Doc:
    """Tuples as lists: the fields of a structured dtype are (name, dtype) or (name, dtype, shape)."""
    return [jsonable(part) for part in description] if isinstance(description, (list, tuple)) else description


def from_jsonable(description: Doc) -> Any:
    if type(description) is not list:
        return description
    return [_field(*field) for field in description]


def _field(name: Doc, description: Doc, *shape: Doc) -> tuple[Any, ...]:
    title = tuple(name) if type(name) is list else name
    return (title, from_jsonable(description), *(tuple(lengths) for lengths in shape))


# --- scalars ----------------------------------------------------------------------------------------------------------


def write_scalar(encoder: Encoder, value: Any, depth: int) -> Doc:
    dtype = value.dtype
    if dtype.kind in PLAIN_SCALARS and dtype.char != "g":
        item = value.item() if dtype.kind != "S" else bytes(value)
        return {TAG: "npscalar", "dtype": dtype.str, "v": encoder.doc(item, depth + 1)}
    import numpy

    return {TAG: "npscalar", "array": write_array(encoder, numpy.asarray(value), depth)}


def read_scalar(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    try:
        import numpy
    except ImportError:
        return decoder.encoded(doc, "numpy.generic", JSON_MEDIA_TYPE)
    if "array" in doc:
        array = decoder.value(doc["array"], depth + 1)
        if not isinstance(array, numpy.ndarray) or array.shape != ():
            raise NotDecodable("A scalar is an array without dimensions.")
        return array[()]
    dtype = dtype_of(doc.get("dtype"))
    if dtype.kind not in PLAIN_SCALARS:
        raise NotDecodable(f"A scalar of {dtype} is an array without dimensions.")
    item = decoder.value(doc.get("v"), depth + 1)
    if type(item) not in (bool, int, float, str, bytes):
        raise NotDecodable("A scalar is a number, a string or bytes.")
    return dtype.type(item)


READERS = {"ndarray": read_array, "npscalar": read_scalar}
