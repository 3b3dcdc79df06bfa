"""Run by any interpreter from 3.9 on where SPL is not installed: loads a bundle folder and calls its entrypoint.

python -I caller.py <source root of spl.runtime> <bundle folder>     arguments and answer: value documents as JSON
"""

import json
import sys


def main():
    root, folder = sys.argv[1:3]
    sys.path.insert(0, root)
    from spl.runtime.execute import call
    from spl.runtime.loader import load
    from spl.runtime.values import decode, encode

    order = json.load(sys.stdin)
    bundle = load(folder)
    args = [decode(doc, types=bundle.find_type) for doc in order["args"]]
    kwargs = {name: decode(doc, types=bundle.find_type) for name, doc in order["kwargs"].items()}
    if bundle.is_pipeline(bundle.entrypoint):
        value = bundle.program(bundle.entrypoint).run(kwargs, None).result
    else:
        entry = bundle.functions[bundle.entrypoint]
        value = call(entry, bound(bundle.document["functions"][bundle.entrypoint]["inputs"], args, kwargs))
    json.dump(encode(value), sys.stdout)


def bound(ports, args, kwargs):
    """Arguments by port name."""
    found, rest = {}, list(args)
    names = [port["name"] for port in ports]
    for port in ports:
        if port["kind"] in ("positional_only", "standard") and rest:
            found[port["name"]] = rest.pop(0)
        elif port["kind"] == "var_positional":
            found[port["name"]], rest = rest, []
    further = {name: value for name, value in kwargs.items() if name not in names}
    for port in ports:
        if port["kind"] == "var_keyword" and further:
            found[port["name"]] = further
    found.update({name: value for name, value in kwargs.items() if name in names})
    return found


if __name__ == "__main__":
    main()
