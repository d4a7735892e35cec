"""When a path may be tested by a burst: so many bytes a day, spread over it, never in one lump.

What was spent is on disk before a packet leaves, so a restart buys nothing.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from govnet.disk import replace_file
from govnet.errors import CheckError

FILE_NAME = "path-tests.json"
MOST_A_DAY = 24

_DAY_SECONDS = 86400
_NOT_AT_ITS_END = 0.9  # A run must come between the moment and the end of its share.
_lock = Lock()  # One file for all paths of this agent.


@dataclass(frozen=True, slots=True)
class Spent:
    """What one path's tests have used on one day (days since 1970, UTC)."""

    day: int
    tests: int
    """Shares of the day that are over or used."""
    bytes: int


def spend(
    target: str, cost_bytes: int, budget_bytes: int, *, now: float, state_dir: Path | None
) -> bool:
    """Return whether a test that costs so much may run now; if so, it counts as done.

    A day has as many tests as the budget pays for, 24 at most, each at a moment of its own share of
    the day that depends on the target and the day: a province's tests never come together. `now` is
    Unix seconds. Raises CheckError if the day's budget pays for no test, or what was spent cannot
    be kept.
    """
    if state_dir is None:
        return False
    tests = min(MOST_A_DAY, budget_bytes // cost_bytes)
    if tests < 1:
        raise CheckError(
            f"{budget_bytes} bytes a day pay for no test: one takes {cost_bytes} bytes"
        )
    with _lock:
        file = state_dir / FILE_NAME
        ledger = _read(file)
        day, elapsed_seconds = divmod(now, _DAY_SECONDS)
        spent = ledger.get(target)
        if spent is None or spent.day != day:
            spent = Spent(int(day), 0, 0)
        share_seconds = _DAY_SECONDS / tests
        share = int(elapsed_seconds / share_seconds)
        within_share = _NOT_AT_ITS_END * _spread(f"{target}/{int(day)}/{share}")
        due_seconds = (share + within_share) * share_seconds
        # Shares of the day in which the machine was off are not made up for.
        if elapsed_seconds < due_seconds or spent.tests > share:
            return False
        if spent.bytes + cost_bytes > budget_bytes:
            return False
        ledger[target] = Spent(int(day), share + 1, spent.bytes + cost_bytes)
        _keep(file, ledger)
        return True


def _keep(file: Path, ledger: dict[str, Spent]) -> None:
    text = json.dumps({target: asdict(spent) for target, spent in ledger.items()})
    try:
        replace_file(file, text.encode())
    except OSError as exc:
        raise CheckError(f"what tests have used cannot be kept in {file}: {exc}") from exc


def _read(file: Path) -> dict[str, Spent]:
    """Return what was spent; nothing where the file is absent or damaged."""
    try:
        plain = json.loads(file.read_bytes())
        return {
            str(target): Spent(int(each["day"]), int(each["tests"]), int(each["bytes"]))
            for target, each in plain.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _spread(key: str) -> float:
    """Return a number from 0 up to 1 that is the same for the same key everywhere."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
