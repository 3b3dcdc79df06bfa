"""Celery with two prefork workers on Redis: warm calls and a burst of 1,000."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ["BENCH_REDIS_PORT"] = sys.argv[1]
here = str(Path(__file__).resolve().parent)
sys.path.insert(0, here)

from celery_app import add  # noqa: E402


def main() -> dict:
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-c", "2", "-l", "ERROR"],
        cwd=here,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for n in range(20):
            add.delay(n, 1).get(timeout=30)
        seconds = []
        for n in range(200):
            begin = time.perf_counter()
            add.delay(n, 2).get(timeout=30)
            seconds.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        answers = [add.delay(n, 2) for n in range(1000)]
        for answer in answers:
            answer.get(timeout=60)
        burst = 1000 / (time.perf_counter() - begin)
    finally:
        worker.terminate()
        worker.wait()
    return {"p50_ms": statistics.median(seconds) * 1000, "per_second": burst}


if __name__ == "__main__":
    print(json.dumps(main()))
