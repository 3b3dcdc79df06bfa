"""Being the daemon: its log, its event loop, the line that says that it is ready."""

from __future__ import annotations

import ipaddress
import os

from spl.daemon.cli.output import Output
from spl.daemon.settings import Settings

LOG_LEVEL = "info"


def be_the_daemon(out: Output, settings: Settings, log_level: str = LOG_LEVEL) -> None:
    """Serve until Ctrl-C, SIGTERM or a request to stop."""
    import asyncio

    from spl.daemon.app import _loop_factory, _uncollected
    from spl.daemon.cli.logfile import log, write_logs

    with _uncollected():
        from spl.daemon.composition import serve as answer

    def announce(line: str) -> None:
        log.info("%s, pid %d, home %s", line, os.getpid(), settings.home)
        out.data({"status": "listening", "url": line.split()[-1], "pid": os.getpid()}, lambda: [line])

    write_logs(settings.home, log_level)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(answer(settings, announce=announce))
    log.info("stopped, pid %d", os.getpid())


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach what listens there."""
    return ipaddress.ip_address(address).is_loopback
