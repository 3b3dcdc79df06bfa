"""How long a refusal takes tells nothing of what was wrong."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import pytest

from daemon_server.identity import tokens
from daemon_server.identity.problems import CredentialInvalid
from daemon_server.identity.token_format import Token, mint, parse

CHECKS = 20_000
BLOCK = 200


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_unknown_id_takes_as_long_as_a_wrong_secret(sqlite_database: Any, people: Any) -> None:
    """20,000 checks of each, in blocks whose medians are compared (Welch); 4.5 is what side-channel tests use."""
    good = parse(people.token(people.user("alice")))
    classes = {"unknown": lambda: mint("user").raw, "wrong": lambda: Token("user", good.id, mint("user").secret).raw}
    medians: dict[str, list[float]] = {name: [] for name in classes}

    def measure(session: Any) -> None:
        for _ in range(CHECKS // BLOCK):
            for name in random.sample(list(classes), len(classes)):
                raws = [classes[name]() for _ in range(BLOCK)]
                times = []
                for raw in raws:
                    began = time.perf_counter_ns()
                    with pytest.raises(CredentialInvalid):
                        tokens.present(session, people.pepper, raw)
                    times.append(time.perf_counter_ns() - began)
                medians[name].append(statistics.median(times))

    sqlite_database.query(measure)

    one, other = medians.values()
    spread = (statistics.variance(one) / len(one) + statistics.variance(other) / len(other)) ** 0.5
    welch = abs(statistics.fmean(one) - statistics.fmean(other)) / spread
    print(f"S-timing: {statistics.fmean(one) / 1000:.1f} us, {statistics.fmean(other) / 1000:.1f} us, t = {welch:.2f}")
    assert welch < 4.5
