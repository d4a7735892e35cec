"""Whether a device or machine that never sleeps is there, asked from the centre.

At 07:15 the PCs of an office are rightly off; what is always on says whether the office lives.
"""

from collections.abc import Callable, Iterable

from agent.checks.contract import Context
from agent.checks.reach import reach
from agent.probe import icmp
from agent.probe.echo import EchoTrain
from agent.probe.trains import statistics
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import AlwaysOnSettings


class AlwaysOnCheck:
    """Asks one device or machine for a sign of life; `target` is its full id."""

    name = AlwaysOnSettings.check
    metrics = (CATALOGUE["govnet_target_reachable"], CATALOGUE["govnet_target_rtt_seconds"])

    def __init__(self, *, ping: Callable[..., EchoTrain] = icmp.ping) -> None:
        self._ping = ping

    def run(self, target: AlwaysOnSettings, context: Context) -> Iterable[Sample]:
        """Ask and yield whether anything came back, and the mean round-trip time if so.

        Raises CheckError without an address, and if this machine could not ask.
        """
        if not target.address:
            raise CheckError("expected an address")
        train = reach(
            self._ping,
            target.address,
            context,
            count=target.probes,
            spacing_seconds=target.spacing_seconds,
            tcp_ports=target.tcp_ports,
            trace=context.trace,
        )
        yield Sample("govnet_target_reachable", float(train.received > 0))
        rtt_seconds = statistics(train.rtts_seconds).mean_rtt_seconds
        if rtt_seconds is not None:
            yield Sample("govnet_target_rtt_seconds", rtt_seconds)
