"""`python -m spl.daemon` is the same as `spl-daemon`."""

from __future__ import annotations

from spl.daemon.cli import main

if __name__ == "__main__":
    main()
