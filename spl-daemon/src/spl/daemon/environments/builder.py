"""Builds one spec in one folder: its files written, its steps run, the installer's words kept."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TextIO

from spl.core.errors import EnvironmentBuildFailed
from spl.daemon.environments.build import CONSTRAINTS, LOG, REQUIREMENTS
from spl.daemon.environments.installer import Plan, Step, plan
from spl.daemon.environments.process import Ended, OnLine, finished
from spl.daemon.environments.spec import DependencySpec
from spl.daemon.settings import Settings

# An installer's explanation is a paragraph or two, and it stands at the end of what it says.
WORDS_CHARACTERS = 4_000
BEGINNING = re.compile(r"^(error|ERROR|\s*×)", re.MULTILINE)
# How uv and pip say that there is no way to an index.
UNREACHABLE = re.compile(
    r"dns error|error sending request|client error \(Connect\)|operation timed out|NewConnectionError", re.I
)


async def build(spec: DependencySpec, folder: Path, *, settings: Settings, on_line: OnLine) -> Plan:
    """Make the venv of `spec` in `folder`.

    Raises:
        EnvironmentBuildFailed: with the installer's own words.
    """
    steps = plan(spec, folder, home=settings.home, allow_source=settings.allow_source_builds)
    (folder / REQUIREMENTS).write_text(_text(spec.wanted), encoding="utf-8")
    (folder / CONSTRAINTS).write_text(_text(spec.constraints), encoding="utf-8")
    run = _Run(spec, folder, steps, settings)
    with (folder / LOG).open("w", encoding="utf-8") as log:
        for step in steps.steps:
            await run.step(step, _Tee(log, on_line))
    return steps


class _Tee:
    """Writes each line to the log and hands it on."""

    def __init__(self, log: TextIO, on_line: OnLine) -> None:
        self._log = log
        self._on_line = on_line

    def __call__(self, line: str) -> None:
        self._log.write(line + "\n")
        self._on_line(line)


class _Run:
    """The steps of one build, one after the other, until one fails or the time is up."""

    def __init__(self, spec: DependencySpec, folder: Path, steps: Plan, settings: Settings) -> None:
        self._spec = spec
        self._folder = folder
        self._plan = steps
        self._settings = settings
        self._deadline = time.monotonic() + settings.build_seconds

    async def step(self, step: Step, on_line: OnLine) -> None:
        on_line(f"{step.title} with {self._plan.installer}")
        if step.tried_first is not None and await self._quietly(step.tried_first, on_line):
            return
        ended = await self._program(step.command, on_line)
        if not ended.ok and step.without_network is not None and UNREACHABLE.search(ended.text):
            on_line("The index can't be reached; trying what was downloaded before")
            if await self._quietly(step.without_network, on_line):
                return
        if not ended.ok:
            raise _failure(self._spec, ended, self._settings)

    async def _quietly(self, command: tuple[str, ...], on_line: OnLine) -> bool:
        """Whether the program succeeded; it is heard only then."""
        lines: list[str] = []
        ended = await self._program(command, lines.append)
        if ended.ok:
            for line in lines:
                on_line(line)
        return ended.ok

    async def _program(self, command: tuple[str, ...], on_line: OnLine) -> Ended:
        try:
            return await finished(
                command,
                seconds=max(0.0, self._deadline - time.monotonic()),
                environment=self._plan.environment,
                folder=Path(self._folder.anchor),  # no project's pyproject.toml or uv.toml stands above the root
                on_line=on_line,
            )
        except OSError as error:
            return Ended(-1, f"{command[0]} could not be started: {error.strerror or error}")


def _failure(spec: DependencySpec, ended: Ended, settings: Settings) -> EnvironmentBuildFailed:
    words = _explanation(ended.text)
    where = f"The environment for {spec.identity.implementation} {spec.identity.version}"
    if ended.timed_out:
        return EnvironmentBuildFailed(
            f"{where} was not built within {settings.build_seconds:g} seconds.",
            hint="Raise SPL_DAEMON_BUILD_SECONDS, or publish with fewer requirements.",
            reason="env_build_failed",
            spec_hash=spec.hash,
            log=words,
        )
    return EnvironmentBuildFailed(
        f"{where} could not be built. The installer says: {words}",
        hint=f"`spl-daemon env-build-show {spec.hash}` has the whole log.",
        reason="env_build_failed",
        spec_hash=spec.hash,
        log=words,
    )


def _explanation(text: str) -> str:
    """What an installer says went wrong, without what it said before."""
    beginning = BEGINNING.search(text)
    return (text[beginning.start() :] if beginning else text).strip()[-WORDS_CHARACTERS:]


def _text(lines: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)
