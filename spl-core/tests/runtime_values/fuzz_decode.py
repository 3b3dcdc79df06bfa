"""A fuzz target for the value decoder: `python fuzz_decode.py [corpus folder] -max_total_time=60` (needs atheris).

An empty corpus folder is filled with a document of each kind, so that the fuzzer need not guess what they look like.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import uuid
import warnings
from collections import namedtuple
from decimal import Decimal
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["spl.runtime"]):
    from spl.runtime import values
    from spl.runtime.blobs import Blobs
    from spl.runtime.values import arrays, classes, columns, frames, standard

import numpy as np
import pandas as pd

BLOBS = Blobs(tempfile.mkdtemp())
Pair = namedtuple("Pair", "left right")
SEEDS = [
    {"a": [1, (2.5, {3}), b"x", 2**70, float("nan")], 1: frozenset("a")},
    [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.time(1), dt.timedelta(1), Decimal(1), uuid.UUID(int=1), 1j, range(3)],
    [Pair(1, 2), Path("a"), "\ud800"],
    [np.arange(3), np.float32(1), np.datetime64("2026-01-01")],
    pd.DataFrame({"a": [1], "b": ["x"]}),
    pd.Series(pd.Categorical(["a"]), index=pd.MultiIndex.from_tuples([(1, "a")])),
    pd.date_range("2026-01-01", periods=2, tz="UTC"),
]


def decode_or_refuse(data: bytes) -> None:
    try:
        doc = values.loads(data)
        values.plain(doc)
        values.decode(doc, BLOBS)
    except values.NotDecodable:
        return


def fill(corpus: Path) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for number, value in enumerate(SEEDS):
            (corpus / f"seed-{number}").write_bytes(values.dumps(values.encode(value)))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for argument in sys.argv[1:]:
        if not argument.startswith("-"):
            fill(Path(argument))
    atheris.Setup(sys.argv, decode_or_refuse)
    atheris.Fuzz()
