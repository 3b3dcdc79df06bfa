"""What the benchmarks publish. Apart from them, so that nothing else travels along."""

from __future__ import annotations

import numpy as np
import pandas as pd


def make(n: int) -> np.ndarray:
    return np.ones(n)


def take(array: np.ndarray) -> float:
    return float(array[-1])


def with_numpy(a: int) -> int:
    return int(np.arange(a).sum())


def with_pandas(a: int) -> int:
    return int(pd.Series(range(a)).sum())
