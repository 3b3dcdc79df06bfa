"""The documented way in: `from spl.core.common import Deployment, lift`."""

from __future__ import annotations

from spl.core.builder import PipelineBuilder, lift
from spl.core.execution.deployment import Deployment
from spl.core.execution.run import Run

__all__ = ["Deployment", "PipelineBuilder", "Run", "lift"]
