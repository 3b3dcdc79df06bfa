"""What is published in the journeys."""


def demo_add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    print("adding", a, b)
    return a + b


def divide(x: float) -> float:
    """One divided by x."""
    return 1 / x


def write_file(text: str, steps: int = 5) -> int:
    """Leave a file behind, in several steps."""
    import time
    from pathlib import Path

    from spl.runtime import current_run

    for step in range(steps):
        current_run().progress(step + 1, steps, "writing")
        print("step", step, flush=True)
        time.sleep(0.2)
    folder = Path("artifacts")
    folder.mkdir(exist_ok=True)
    return (folder / "note.txt").write_text(text)


def wait_for(path: str) -> str:
    """Go on when there is a file."""
    import time
    from pathlib import Path

    while not Path(path).exists():
        print("waiting", flush=True)
        time.sleep(0.1)
    return "it is there"


def risk_report(customer_id: int) -> dict[str, object]:
    """What is known about a customer, where the data is."""
    return {"customer": customer_id, "score": customer_id % 7}


def prepare(customer: str) -> int:
    return int(customer.removeprefix("c-"))


def join(report: dict[str, object], share: float) -> dict[str, object]:
    return {**report, "share": share}


def summary(joined: dict[str, object]) -> str:
    return f"customer {joined['customer']} scores {joined['score']} and has {joined['share']}"
