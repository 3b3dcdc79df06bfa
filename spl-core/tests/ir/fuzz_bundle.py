"""Throws damaged bundles at the reader: only InvalidBundle may come out, and soon.

    python spl-core/tests/ir/fuzz_bundle.py 600              ten minutes, guided by coverage where atheris is installed
    python spl-core/tests/ir/fuzz_bundle.py 600 --random     the same without it

What fails is written to `fuzz-failure-*.yaml` in the working directory.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "corpus"
SEEDS = [path.read_bytes() for path in sorted(CORPUS.rglob("*.yaml"))]
SLOWEST = 1.0
"""Seconds that any input may take: nobody can keep a daemon busy with a small text."""

SIGNS = (
    rb"- |? |: |, |[|]|{|}|#|&a |*a|!x |!!str |'|\"|\\|%TAG ! x|---|...|<<: |~|null|true|1|-1|1e999|.inf|014|../|/etc"
)
CONTROLS = [b"\n", b"\r\n", b"\t", b"\0", b"\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80"]
KEYS = b"$spl|blob|tuple|name|in|inputs|nodes|links|to|from|value|aliases|path|base64|source|source_file|spl: 2"
MANY = [b"[" * 100, b"{a: " * 100, b"- " * 100, b"9" * 5000, b"a" * 5000, b"x: |\n" * 50]
TOKENS = [*SIGNS.split(b"|"), *CONTROLS, *KEYS.split(b"|"), b"!DFunction", b"!DPipeline", b"!DScalar", *MANY]


def read(data: bytes) -> None:
    """Read one input, and write and read again what is accepted.

    Raises:
        AssertionError: it took too long, or was not the same again.
        Exception: what should not have come out.
    """
    from spl.core.errors import InvalidBundle
    from spl.core.ir.files import bundle_from_text, dump_bundle
    from spl.core.ir.hashing import content_hash

    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")
    began = time.perf_counter()
    try:
        bundle = bundle_from_text(text)
        written = dump_bundle(bundle)
    except InvalidBundle as error:
        assert len(str(error)) < 1000, "an error should be short"
    else:
        again = bundle_from_text(written)
        assert dump_bundle(again) == written
        assert content_hash(again) == content_hash(bundle)
    took = time.perf_counter() - began
    assert took < 3 * SLOWEST, f"{took:.1f} s"  # it was read twice, and written twice


def damaged(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        until = min(len(data), at + chance.choice([0, 1, 4, 20, 200]))
        match chance.randrange(6):
            case 0:
                data[at:until] = chance.choice(TOKENS)
            case 1:
                data[at:at] = chance.choice(TOKENS)
            case 2:
                del data[at:until]
            case 3:
                data[at:until] = data[at:until] * chance.choice([2, 3, 50])
            case 4:
                data[at:until] = bytes(chance.randrange(256) for _ in range(until - at))
            case _:
                other = chance.choice(SEEDS)
                start = chance.randrange(len(other))
                data[at:until] = other[start : start + chance.choice([10, 100, 1000])]
    return bytes(data)


def fuzz_randomly(seconds: float, seed: int = 0) -> int:
    """Read damaged bundles until the time is over; how many were read."""
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        data = damaged(random.Random(seed + count))
        try:
            read(data)
        except BaseException:
            path = Path(f"fuzz-failure-{sha256(data).hexdigest()[:12]}.yaml")
            path.write_bytes(data)
            print(f"This input failed: {path}", file=sys.stderr)
            raise
        count += 1
    return count


def fuzz_with_coverage(seconds: int) -> None:
    """The same, led by the branches that an input reaches; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["spl.core.ir"]):
        for seed in SEEDS:
            read(seed)
    with tempfile.TemporaryDirectory(prefix="spl-fuzz-") as folder:
        for index, data in enumerate(SEEDS):
            (Path(folder) / str(index)).write_bytes(data)
        words = Path(folder) / "words"
        words.write_text(
            "".join(f'"{"".join(f"\\x{byte:02x}" for byte in token[:60])}"\n' for token in TOKENS), "ascii"
        )
        options = [f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=2048", f"-dict={words}", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *options, folder], read)
        atheris.Fuzz()


if __name__ == "__main__":
    duration = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    if "--random" in sys.argv:
        print(fuzz_randomly(duration, seed=time.time_ns()), "inputs")
    else:
        try:
            import atheris
        except ImportError:
            print(fuzz_randomly(duration, seed=time.time_ns()), "inputs")
        else:
            fuzz_with_coverage(duration)
