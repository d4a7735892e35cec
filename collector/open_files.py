"""As many open files as there may be connections: a service starts with a thousand."""

import logging

log = logging.getLogger(__name__)

OTHERS = 100
"""Files that are no connections: inbox, database, history processes."""


def limit() -> int | None:
    """Return how many files this process may open, None without a limit."""
    try:
        import resource  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def allow(connections: int) -> None:
    """Raise this process's own limit as far as the system lets it; says so if that is too little.

    On Windows there is no such limit.
    """
    try:
        import resource  # noqa: PLC0415 - as above
    except ImportError:
        return
    wanted = connections + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        log.warning(
            "fewer connections than max_connections: raise the limit of open files (LimitNOFILE=)",
            extra={"limit": allowed, "wanted": wanted},
        )
