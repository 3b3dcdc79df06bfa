"""What was captured when an object was published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spl.client.display import html


def capture_part(report: Mapping[str, Any] | None) -> html.Markup | None:
    """What was captured, line by line."""
    if not report:
        return None
    from spl.core.capture.report import CaptureReport

    return html.details("what was captured", html.pre(str(CaptureReport.from_json(report))))
