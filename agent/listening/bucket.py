"""A token bucket: how much may come at once, and how much for good. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """`tokens` may still come at once; told the time (monotonic seconds) by whoever asks."""

    tokens: float
    filled_at: float

    def take(self, now: float, per_second: float, burst: float, cost: float = 1.0) -> bool:
        """Take `cost` tokens, if they are there."""
        self.tokens = min(burst, self.tokens + (now - self.filled_at) * per_second)
        self.filled_at = now
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True
