"""A link's path, end by end: loss, round-trip time and its variation.

The ends are asked at the same time. Gateway alive and the hop beyond it dead means something else
than both dead, so an end that cannot be measured never costs the others' samples.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from agent.checks.asking import answer_seconds, ask_all, labelled, raise_failures
from agent.checks.contract import Context
from agent.checks.reach import reach
from agent.probe import icmp, network
from agent.probe.echo import EchoTrain
from agent.probe.trace import Trace
from agent.probe.trains import statistics
from govnet.catalogue import CATALOGUE, LINK_ENDS
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import LinkSettings, PathEnd

_HOP_SECONDS = 1.0


class LinkCheck:
    """Measures the path of one link to each of its ends; `target` is the link."""

    name = LinkSettings.check
    metrics = tuple(
        CATALOGUE[f"govnet_link_{quantity}"]
        for quantity in (
            "reachable",
            "rtt_seconds",
            "loss_ratio",
            "rtt_variation_mean_seconds",
            "rtt_variation_p95_seconds",
        )
    )

    def __init__(
        self,
        *,
        ping: Callable[..., EchoTrain] = icmp.ping,
        first_hop_beyond: Callable[..., icmp.Hop | None] = icmp.first_hop_beyond,
        gateways: Callable[[], tuple[network.Gateway, ...]] = network.gateways,
    ) -> None:
        self._ping = ping
        self._first_hop_beyond = first_hop_beyond
        self._gateways = gateways
        self._lock = threading.Lock()
        self._hops: dict[str, str] = {}

    def run(self, target: LinkSettings, context: Context) -> Iterable[Sample]:
        """Measure all ends and yield each one's figures.

        Raises CheckError, after the others' samples, for ends without an address and ends that
        this machine could not ask.
        """
        if not target.ends:
            raise CheckError("expected at least one end to measure")
        askings = [partial(self._measure, target, end, context) for end in target.ends]
        failures: list[str] = []
        for end, answer in zip(target.ends, ask_all(askings), strict=True):
            if isinstance(answer, CheckError):
                failures.append(f"{end.end}: {answer}")
            else:
                yield from _samples(end.end, answer)
        raise_failures(failures)

    def _measure(self, target: LinkSettings, end: PathEnd, context: Context) -> EchoTrain:
        trace = labelled(context.trace, end.end)
        return reach(
            self._ping,
            end.address or self._find(target, end, context, trace),
            context,
            count=target.probes,
            spacing_seconds=target.spacing_seconds,
            tcp_ports=end.tcp_ports,
            trace=trace,
        )

    def _find(self, target: LinkSettings, end: PathEnd, context: Context, trace: Trace) -> str:
        """Return the address of an end that the settings leave to the agent."""
        if end.end == "gateway":
            found = self._gateways()
            if not found:
                raise CheckError("this machine has no default gateway")
            return found[0].address
        if end.end == "next_hop":
            return self._next_hop(target, context, trace)
        expected = "an address" if end.end in LINK_ENDS else f"one of {', '.join(LINK_ENDS)}"
        raise CheckError(f"expected {expected}")

    def _next_hop(self, target: LinkSettings, context: Context, trace: Trace) -> str:
        """Return the hop beyond the gateway, on the way to the far end.

        The one found last is remembered: when the line is cut, nobody beyond the gateway answers,
        and that is the moment at which it must be asked.
        """
        far = next((end.address for end in target.ends if end.end == "far" and end.address), None)
        if far is None:
            raise CheckError("expected an address, or a far end to look towards")
        hop = self._first_hop_beyond(
            far, timeout_seconds=min(_HOP_SECONDS, answer_seconds(context)), trace=trace
        )
        with self._lock:
            if hop is not None and hop.address is not None:
                self._hops[target.target] = hop.address
            known = self._hops.get(target.target)
        if known is None:
            raise CheckError(f"no router beyond the gateway said who it is on the way to {far}")
        return known


def _samples(end: str, train: EchoTrain) -> Iterator[Sample]:
    figures = statistics(train.rtts_seconds)
    for quantity, value in (
        ("reachable", float(train.received > 0)),
        ("loss_ratio", figures.loss_ratio),
        ("rtt_seconds", figures.mean_rtt_seconds),
        ("rtt_variation_mean_seconds", figures.mean_rtt_change_seconds),
        ("rtt_variation_p95_seconds", figures.p95_rtt_change_seconds),
    ):
        if value is not None:
            yield Sample(f"govnet_link_{quantity}", value, {"end": end})
