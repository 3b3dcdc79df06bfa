"""What the RQ worker runs."""


def add(a, b, scale=1):
    return {"value": (a + b) * scale}
