"""Test alerts under way: `govnet_alerts_test{id}` is exposed for some minutes for each."""

import secrets
from typing import Final

import msgspec
from prometheus_client import Gauge

LASTS_SECONDS: Final = 300.0
"""Long enough for a slow scrape, a slow rule and a slow mail server."""
MOST: Final = 8
"""More at once are refused: each pages somebody."""
_ID_BYTES: Final = 4


class Trial(msgspec.Struct, frozen=True):
    """One test alert; exposed until `ends_at` (Unix seconds)."""

    id: str
    ends_at: float


class Trials:
    """All test alerts under way, shown by `gauge`."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._under_way: list[Trial] = []

    def start(self, now: float) -> Trial | None:
        """Start one; None if too many are under way."""
        self.expire(now)
        if len(self._under_way) >= MOST:
            return None
        trial = Trial(secrets.token_hex(_ID_BYTES), now + LASTS_SECONDS)
        self._under_way.append(trial)
        self._gauge.labels(trial.id).set(1)
        return trial

    def expire(self, now: float) -> None:
        """End those that are over."""
        for trial in [trial for trial in self._under_way if trial.ends_at <= now]:
            self._under_way.remove(trial)
            self._gauge.remove(trial.id)
