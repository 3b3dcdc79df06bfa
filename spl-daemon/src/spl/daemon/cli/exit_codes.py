"""What the command line answers with: one table, in the order it is asked.

0    it worked
1    the run or the action failed
2    the command line or its arguments are wrong
3    the daemon is not running (`status`)
4    not allowed: the token is missing or wrong
5    there is no such object, version, run, environment ...
6    waiting took too long; what was waited for goes on
7    the daemon, or a server, can't be reached
8    the run was cancelled
130  interrupted with Ctrl-C
"""

from __future__ import annotations

from enum import IntEnum

from spl.core import errors


class ExitCode(IntEnum):
    """The status a command ends with."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    REFUSED = 4
    NOT_FOUND = 5
    WAIT_TIMED_OUT = 6
    UNREACHABLE = 7
    CANCELLED = 8
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        return MEANINGS[self]


MEANINGS = {
    ExitCode.OK: "it worked",
    ExitCode.FAILED: "the run or the action failed",
    ExitCode.USAGE: "the command line or its arguments are wrong",
    ExitCode.NOT_RUNNING: "the daemon is not running (`status`)",
    ExitCode.REFUSED: "not allowed: the token is missing or wrong",
    ExitCode.NOT_FOUND: "there is no such object, version, run, environment ...",
    ExitCode.WAIT_TIMED_OUT: "waiting took too long; what was waited for goes on",
    ExitCode.UNREACHABLE: "the daemon, or a server, can't be reached",
    ExitCode.CANCELLED: "the run was cancelled",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}

# The first class that fits decides, so a special case stands before its family. What no line names is FAILED.
BY_ERROR: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (errors.RunCancelled, ExitCode.CANCELLED),
    (errors.RunFailed, ExitCode.FAILED),
    (errors.WaitTimedOut, ExitCode.WAIT_TIMED_OUT),
    (errors.DaemonUnreachable, ExitCode.UNREACHABLE),
    (errors.ServerNotConnected, ExitCode.UNREACHABLE),
    (errors.Refused, ExitCode.REFUSED),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.InvalidRequest, ExitCode.USAGE),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
)


def exit_code(error: BaseException) -> ExitCode:
    """The exit code for what went wrong."""
    return next((code for kind, code in BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)
