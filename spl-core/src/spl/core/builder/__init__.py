"""Pipelines from expressions: `lift(train).bind(data=lift(load), rate=0.1).alias("model").render("training")`.

A builder is a value and never changes: `bind` and `alias` give new ones. A builder that is used in several places is
one node. Each `lift` begins another node, and what is bound to it makes a difference: `base.bind(n=1)` and
`base.bind(n=2)` are two.
"""

from __future__ import annotations

from spl.core.builder.expression import PipelineBuilder, lift

__all__ = ["PipelineBuilder", "lift"]
