from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spl.runtime import values
from spl.runtime.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@pytest.fixture
def travel(blobs: Blobs) -> Callable[[Any], Any]:
    """Send a value through its document, its JSON text, and back."""

    def there_and_back(value: Any, **options: Any) -> Any:
        doc = values.loads(values.dumps(values.encode(value, blobs)))
        return values.decode(doc, blobs, **options)

    return there_and_back
