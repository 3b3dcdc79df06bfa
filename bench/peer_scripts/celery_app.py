"""The Celery application that both sides of the benchmark import."""

import os

from celery import Celery

address = "redis://127.0.0.1:" + os.environ["BENCH_REDIS_PORT"]
app = Celery("celery_app", broker=address, backend=address)


@app.task
def add(a, b, scale=1):
    return {"value": (a + b) * scale}
