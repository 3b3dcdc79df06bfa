"""Named base Pythons, what objects need installed, and the cached venvs that have it."""

from __future__ import annotations

from spl.daemon.environments.build import EnvBuild
from spl.daemon.environments.service import Environments
from spl.daemon.environments.spec import DependencySpec, Identity, Interpreter

__all__ = ["DependencySpec", "EnvBuild", "Environments", "Identity", "Interpreter"]
