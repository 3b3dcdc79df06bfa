"""`python -m daemon_server` is `spl-server`."""

from __future__ import annotations

from daemon_server.cli import main

if __name__ == "__main__":
    main()
