"""Work that is done again and again beside serving."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again until cancelled; a failure does not end it.

    It is logged once until the work is done again: a full disk or a locked database must not end
    all later rounds, nor may its traceback, once a second, fill the disk that was full already.
    """
    failing: type[Exception] | None = None
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Exception as exc:
            # Whatever failed in this round, the next one may succeed.
            if type(exc) is not failing:
                log.exception("periodic work failed", extra={"work": act.__qualname__})
            failing = type(exc)
        else:
            if failing is not None:
                log.error("periodic work is done again", extra={"work": act.__qualname__})
            failing = None
