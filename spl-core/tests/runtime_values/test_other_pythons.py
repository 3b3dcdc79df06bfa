"""The runtime stands beside user code of any Python from 3.9 on, with nothing but the standard library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import spl.runtime.values

from ..pythons import OTHERS, interpreter

SOURCE = Path(spl.runtime.values.__file__).parents[3]

PROGRAM = r"""
import sys
sys.path.insert(0, SOURCE)
before = set(sys.modules)
from spl.runtime import current_run, values
from spl.runtime.blobs import Blobs
import spl.runtime.artifacts, spl.runtime.context, spl.runtime.progress, spl.runtime.traceback
heavy = {"dataclasses", "inspect", "typing", "pathlib", "traceback", "linecache", "datetime", "threading"}
print(sorted(heavy & (set(sys.modules) - before)))

import collections, dataclasses, datetime, decimal, enum, fractions, pathlib, tempfile, uuid

Pair = collections.namedtuple("Pair", "left right")
Colour = enum.Enum("Colour", "RED BLUE")
Bits = enum.Flag("Bits", "A B")

@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: object = None

VALUES = [
    None, True, 1, 2 ** 80, 1.5, float("inf"), "text", "\ud800", b"bytes", bytearray(b"b"), range(1, 9, 3), 1j,
    [1, [2]], (1, (2,)), {1, "a"}, frozenset({2}), {"a": 1}, {1: {(1, 2): 3}}, {"$spl": 1},
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc), datetime.date(2026, 1, 2), datetime.time(1, 2),
    datetime.timedelta(1, 2, 3), decimal.Decimal("1.50"), fractions.Fraction(1, 3), uuid.UUID(int=7),
    pathlib.Path("a/b"), pathlib.PureWindowsPath("C:/a"), Pair(1, Pair(2, 3)), Colour.RED, Bits.A | Bits.B,
    Point(1, Point(2)), bytes(300000),
]
blobs = Blobs(tempfile.mkdtemp())
for value in VALUES:
    arrived = values.decode(values.loads(values.pack(values.encode(value, blobs), blobs)), blobs)
    assert type(arrived) is type(value) and arrived == value, (value, arrived)
try:
    values.decode({"$spl": "ndarray", "dtype": "<f8", "shape": [2], "v": "AAAA"})
except values.NotDecodable:
    pass
try:
    values.encode([object()])
except values.NotEncodable as error:
    assert error.path == "result[0]"
from spl.runtime.traceback import describe, format
try:
    1 / 0
except ZeroDivisionError as error:
    assert format(describe(error)).endswith("ZeroDivisionError: division by zero\n")
current_run().progress(1, 2)
import shutil
shutil.rmtree(blobs.root)
"""


@pytest.mark.parametrize("version", OTHERS)
def test_standard_types_travel_on_any_python(version):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")

    program = PROGRAM.replace("SOURCE", repr(str(SOURCE)), 1)
    done = subprocess.run([python, "-I", "-S", "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n", "what a worker's start does not need is not imported"


def test_one_document_is_the_same_for_every_hash_seed():
    program = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
        "from spl.runtime.values import dumps, encode\n"
        "print(dumps(encode({'s': {str(number) for number in range(50)}})).decode())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-S", "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(runs) == 1
    assert runs.pop().startswith('{"s":')


def test_a_prepared_process_imports_nothing_more_for_its_values(tmp_path):
    program = (
        f"import sys; sys.path[:] = {[str(SOURCE), *sys.path]!r}\n"
        "import sys, numpy\n"
        "from spl.runtime import values\n"
        "from spl.runtime.blobs import Blobs\n"
        "values.prepare()\n"
        "before = set(sys.modules)\n"
        "blobs = Blobs(sys.argv[1])\n"
        "values.decode(values.encode([numpy.zeros(1_000_000), {1}, (2,)], blobs), blobs)\n"
        "print(sorted(set(sys.modules) - before))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "blobs")], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
