"""Throws damaged bundles at the server's reader: only InvalidBundle may come out, soon, and never for a good one.

    python spl-server/tests/objects/fuzz_bundle.py 600              ten minutes, guided by coverage where atheris is
    python spl-server/tests/objects/fuzz_bundle.py 600 --random     the same without it

What fails is written to `fuzz-failure-*.yaml` in the working directory.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from types import ModuleType

CORPUS = Path(__file__).resolve().parents[3] / "spl-core" / "tests" / "corpus" / "v1"
SEEDS = [path.read_bytes() for path in sorted(CORPUS.glob("*.yaml"))]
# Seconds that an input may take: nobody can keep a server busy with a small text.
SLOWEST = 1.0


def _damage() -> ModuleType:
    """How publishers damage bundles to test their own reader."""
    path = Path(__file__).resolve().parents[3] / "spl-core" / "tests" / "ir" / "fuzz_bundle.py"
    spec = importlib.util.spec_from_file_location("publishers_fuzz", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def look(data: bytes) -> bool:
    """Read one input, and write and read again what is accepted; whether it was.

    Raises:
        AssertionError: it took too long, or was not the same again.
        Exception: what should not have come out.
    """
    from daemon_server.objects.bundle import InvalidBundle, read
    from daemon_server.objects.bundle.write import dump

    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")
    began = time.process_time()
    try:
        bundle = read(text)
    except InvalidBundle as error:
        assert len(error.message) + len(error.hint or "") < 1000, "an error should be short"
        accepted = False
    else:
        assert read(dump(bundle.document)).content_hash == bundle.content_hash
        accepted = True
    took = time.process_time() - began
    assert took < 3 * SLOWEST, f"{took:.1f} s"  # it was read twice, and written
    return accepted


def fuzz_randomly(seconds: float, seed: int = 0) -> int:
    """Read damaged bundles until the time is over; how many were read."""
    damaged = _damage().damaged
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        data = damaged(random.Random(seed + count))
        try:
            look(data)
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

    with atheris.instrument_imports(include=["daemon_server.objects.bundle"]):
        for seed in SEEDS:
            assert look(seed)
    with tempfile.TemporaryDirectory(prefix="spl-fuzz-") as folder:
        for index, data in enumerate(SEEDS):
            (Path(folder) / str(index)).write_bytes(data)
        words = Path(folder) / "words"
        words.write_text(
            "".join(f'"{"".join(f"\\x{byte:02x}" for byte in token[:60])}"\n' for token in _damage().TOKENS), "ascii"
        )
        options = [f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=2048", f"-dict={words}", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *options, folder], lambda data: look(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    duration = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    if "--random" in sys.argv or importlib.util.find_spec("atheris") is None:
        print(fuzz_randomly(duration, seed=time.time_ns()), "inputs")
    else:
        fuzz_with_coverage(duration)
