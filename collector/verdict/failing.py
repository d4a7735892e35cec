"""Sites that could not be judged: a mistake in the code that one meets must not blind all others.

What is said of such a site stays as it was. It is tried again when more is known of it, and from
time to time; the first failure is logged with its traceback, the others are only counted.
"""

import logging
import math
from typing import Final

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 60.0
"""So long after a failure a site is tried again, if nothing is reported about it before."""


class Failing:
    """The sites that failed last time, each with from when on (Unix seconds) it is to be judged."""

    def __init__(self) -> None:
        self._sites: dict[str, float] = {}
        self._are_shared_failing = False

    def __len__(self) -> int:
        return len(self._sites) + self._are_shared_failing

    def __contains__(self, site: str) -> bool:
        return site in self._sites

    def note(self, site: str, touched_from: float | None, exc: Exception) -> None:
        """Note that a site could not be judged."""
        if site not in self._sites:
            log.error("a site cannot be judged", extra={"site": site}, exc_info=exc)
        since = math.inf if touched_from is None else touched_from
        self._sites[site] = min(since, self._sites.get(site, since))

    def again_from(self, site: str, touched_from: float | None) -> float | None:
        """Return from when on a site is to be judged: all that failed before is to be made good."""
        failed_from = self._sites.get(site)
        if failed_from is None:
            return touched_from
        return failed_from if touched_from is None else min(touched_from, failed_from)

    def forget(self, site: str) -> None:
        """Note that a site was judged, or is judged no more."""
        if self._sites.pop(site, None) is not None:
            log.warning("a site is judged again", extra={"site": site})

    def note_shared(self, exc: Exception | None) -> None:
        """Note whether sites could be compared with each other."""
        if exc is not None and not self._are_shared_failing:
            log.error("sites cannot be compared with each other", exc_info=exc)
        self._are_shared_failing = exc is not None
