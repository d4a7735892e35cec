"""What a simulated agent measures of a circuit's quality, and says of itself as reflector. Pure."""

from collections.abc import Iterator
from typing import Final

from govnet.report import Sample
from govnet.settings import PathSettings, ReflectorSettings
from simulator.faults import FaultKind
from simulator.moment import Moment, distance_seconds, site_of

SLOW_LOSS_RATIO: Final = 0.12
SLOW_JITTER_SECONDS: Final = 0.03
MTU_BYTES: Final = 1500.0
GOOD, POOR = (4.3, 0.0), (2.9, 2.0)
"""Grade (ITU-T G.107) and traffic light of a circuit that works, and of one that is slow."""


def path(check: PathSettings, moment: Moment) -> Iterator[Sample]:
    """Yield what is measured to the reflector in the centre."""
    site = site_of(check.target)
    if "far" not in moment.network.ends_reached(site, check.target):
        yield Sample("govnet_path_reachable", 0.0)
        yield Sample("govnet_path_loss_ratio", 1.0, {"direction": "both"})
        return
    is_slow = moment.faults.has(FaultKind.SLOW_LINK, site)
    yield Sample("govnet_path_reachable", 1.0)
    rtt = distance_seconds(site) * (6 if is_slow else 1) + abs(moment.random.gauss(0.0, 0.0003))
    yield Sample("govnet_path_rtt_seconds", round(rtt, 6))
    jitter = SLOW_JITTER_SECONDS if is_slow else 0.0008
    for direction in ("forward", "backward"):
        labels = {"direction": direction}
        mean = abs(moment.random.gauss(jitter, jitter / 10))
        yield Sample("govnet_path_loss_ratio", SLOW_LOSS_RATIO / 2 if is_slow else 0.0, labels)
        yield Sample("govnet_path_jitter_mean_seconds", round(mean, 6), labels)
        yield Sample("govnet_path_jitter_p95_seconds", round(mean * 2.5, 6), labels)
    yield Sample("govnet_path_mtu_bytes", MTU_BYTES)
    yield Sample("govnet_path_dscp_kept", 1.0)
    mos, light = POOR if is_slow else GOOD
    for codec in check.codecs:
        yield Sample("govnet_path_mos", mos, {"codec": codec})
    yield Sample("govnet_path_grade_code", light)


def reflector(_: ReflectorSettings, moment: Moment) -> Iterator[Sample]:
    """Yield what a reflector says of itself."""
    yield Sample("govnet_reflector_listening", 1.0)
    yield Sample("govnet_reflector_packets_total", float(int(moment.uptime_seconds * 200)))
