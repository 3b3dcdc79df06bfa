"""Every error has one exit code, and every exit code has a command that ends with it."""

from __future__ import annotations

import pytest

from spl.core import errors
from spl.daemon.cli.exit_codes import MEANINGS, ExitCode, exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RunFailed(), 1),
        (errors.RunTimedOut(), 1),
        (errors.EnvironmentBuildFailed(), 1),
        (errors.HomeLocked(), 1),
        (errors.InvalidBundle(), 1),
        (errors.DiskFull(), 1),
        (ValueError("ours"), 1),
        (errors.InvalidRequest(), 2),
        (errors.InvalidArguments(), 2),
        (errors.Unauthorized(), 4),
        (errors.HostNotAllowed(), 4),
        (errors.ObjectNotFound(), 5),
        (errors.RunNotFound(), 5),
        (errors.WaitTimedOut(), 6),
        (errors.DaemonUnreachable(), 7),
        (errors.ServerNotConnected(), 7),
        (errors.RunCancelled(), 8),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_has_its_exit_code(error: BaseException, code: int):
    assert exit_code(error) == code


def test_every_error_there_is_has_an_exit_code():
    for kind in errors.every_error():
        assert exit_code(kind()) in ExitCode


def test_every_exit_code_has_a_meaning():
    assert set(MEANINGS) == set(ExitCode)
