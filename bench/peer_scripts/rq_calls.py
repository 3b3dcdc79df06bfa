"""RQ with one forking worker on Redis: warm calls, waited for by the result stream."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

here = str(Path(__file__).resolve().parent)
sys.path.insert(0, here)


def main(port: int) -> dict:
    from redis import Redis
    from rq import Queue

    connection = Redis(port=port)
    queue = Queue(connection=connection)
    rq = str(Path(sys.executable).parent / "rq")
    worker = subprocess.Popen(
        [rq, "worker", "--url", f"redis://127.0.0.1:{port}", "--quiet"],
        cwd=here,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        seconds = []
        for n in range(60):
            begin = time.perf_counter()
            job = queue.enqueue("rq_task.add", n, 2)
            job.latest_result(timeout=30)
            seconds.append(time.perf_counter() - begin)
    finally:
        worker.terminate()
        worker.wait()
    return {"p50_ms": statistics.median(seconds[10:]) * 1000}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
