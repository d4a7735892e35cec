"""The sign of life on disk: tells the next start whether this one was stopped or cut off.

After a silence, a boot time later than the last sign of life and no clean stop mean that the power
failed; a clean stop means that somebody switched the machine off.
"""

import json
import math
from pathlib import Path

from agent.checks.contract import PreviousRun
from govnet.disk import replace_file

FILE_NAME = "alive.json"


def read_previous_run(state_dir: Path) -> PreviousRun | None:
    """Return what the last run left, or None where there is nothing that can be believed."""
    try:
        plain = json.loads((state_dir / FILE_NAME).read_bytes())
        alive_at = float(plain["alive_at"])
        if not math.isfinite(alive_at):
            return None
        return PreviousRun(alive_at, plain["clean_stop"] is True)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def write_alive(state_dir: Path, alive_at: float, *, clean_stop: bool) -> None:
    """Leave the sign of life: the wall clock (Unix seconds), and whether this is an orderly stop.

    Raises OSError if the disk refuses it.
    """
    plain = {"alive_at": round(alive_at, 3), "clean_stop": clean_stop}
    replace_file(state_dir / FILE_NAME, json.dumps(plain).encode())
