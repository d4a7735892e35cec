"""Rows of the metrics about what is not declared or was never seen. Pure."""

from collector.discovery.counted import Counted
from collector.metrics.events import Rows


def difference_rows(counted: Counted) -> dict[str, Rows]:
    """Return the series by metric."""
    return {
        "govnet_site_undeclared": counted.undeclared,
        "govnet_site_declared_never_seen": counted.never_seen,
    }
