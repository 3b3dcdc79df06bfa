"""What is run in these tests."""

from __future__ import annotations


def add(a: int, b: int) -> int:
    return a + b


def fail(text: str) -> None:
    raise ValueError(text)


def note(path: str, seconds: float = 0.0) -> str:
    """Leaves a line behind each time it is started."""
    import time

    with open(path, "a") as file:
        file.write("started\n")
    print("noted", flush=True)
    time.sleep(seconds)
    return "done"


def again(path: str) -> str:
    """Goes on for a minute the first time that it is started, and is quick after that."""
    import time

    with open(path, "a+") as file:
        file.write("started\n")
        file.seek(0)
        begun = len(file.readlines())
    if begun == 1:
        time.sleep(60)
    return f"begun {begun} times"


def large(size: int) -> list:
    return ["x" * 1000] * (size // 1000)


def lengths(values: list) -> int:
    return len(values)


def artifact(size: int) -> str:
    from pathlib import Path

    Path("artifacts").mkdir(exist_ok=True)
    Path("artifacts/data.bin").write_bytes(b"z" * size)
    return "kept"


def talk(lines: int) -> int:
    for number in range(lines):
        print("line", number, flush=True)
    return lines
