"""What the collector's own machine must have, as metrics: room on its disk, the right time."""

import shutil
from pathlib import Path

from collector import kernel_clock
from collector.metrics.selfmetrics import SelfMetrics


def measure(data: Path, metrics: SelfMetrics) -> None:
    """Measure the disk that holds the data folder, and the clock. Raises OSError."""
    disk = shutil.disk_usage(data)
    metrics.disk_free_bytes.set(disk.free)
    metrics.disk_size_bytes.set(disk.total)
    metrics.clock(is_synchronised=kernel_clock.is_synchronised())
