"""Hamilton: a chain of trivial nodes, built and run in process."""

import json
import sys
import time
import types


def main(nodes: int) -> dict:
    from hamilton import driver

    sys.setrecursionlimit(20_000)
    lines = ["def n0(x: int) -> int:\n    return x + 1\n"]
    lines += [f"def n{i}(n{i - 1}: int) -> int:\n    return n{i - 1} + 1\n" for i in range(1, nodes)]
    module = types.ModuleType("chain")
    sys.modules["chain"] = module
    exec("\n".join(lines), module.__dict__)
    begin = time.perf_counter()
    built = driver.Builder().with_modules(module).build()
    build = time.perf_counter() - begin
    last = f"n{nodes - 1}"
    built.execute([last], inputs={"x": 0})
    begin = time.perf_counter()
    built.execute([last], inputs={"x": 0})
    run = time.perf_counter() - begin
    return {"build_us": build / nodes * 1e6, "run_us": run / nodes * 1e6}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
