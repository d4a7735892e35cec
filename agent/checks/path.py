"""A link's path to a reflector: loss and delay variation by direction, MTU, marks, and a grade.

Where the reflector keeps no count of its own, loss is told for both ways together only.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from agent.checks.asking import answer_seconds
from agent.checks.burst_budget import spend
from agent.checks.contract import Context
from agent.checks.grade import CODECS, grade_of, mos
from agent.probe import mtu, stamp
from agent.probe.burst import BurstRates, rates
from agent.probe.outcome import Outcome
from agent.probe.stamp.figures import PathFigures, dscp_kept, figures
from agent.probe.udp import header as udp_header
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import PathSettings


class PathCheck:
    """Measures the path of one link to the reflector at its far end; `target` is the link."""

    name = PathSettings.check
    metrics = tuple(
        CATALOGUE[f"govnet_path_{quantity}"]
        for quantity in (
            "reachable",
            "rtt_seconds",
            "loss_ratio",
            "jitter_mean_seconds",
            "jitter_p95_seconds",
            "duplicates",
            "reordered",
            "mtu_bytes",
            "dscp_kept",
            "mos",
            "grade_code",
            "throughput_bytes_per_second",
            "test_bytes_total",
        )
    )

    def __init__(
        self,
        *,
        measure: Callable[..., stamp.StampTrain] = stamp.measure,
        find_mtu: Callable[..., mtu.Mtu] = mtu.find,
        spend: Callable[..., bool] = spend,
    ) -> None:
        self._measure = measure
        self._find_mtu = find_mtu
        self._spend = spend
        self._lock = threading.Lock()
        self._mtu_bytes: dict[str, int] = {}
        self._tests: dict[str, _Tests] = {}

    def run(self, target: PathSettings, context: Context) -> Iterable[Sample]:
        """Send one train, then look for the largest packet that passes; a burst where it is time.

        Raises CheckError if this machine could not send, be it for want of an address, or may never
        send the ordered burst.
        """
        if not target.address:
            raise CheckError("expected the address of a reflector")
        for codec in target.codecs:
            if codec not in CODECS:
                raise CheckError(f"expected a codec of {', '.join(CODECS)}, got {codec}")
        train = self._measure(
            target.address,
            target.port,
            packets=target.packets,
            spacing_seconds=target.spacing_seconds,
            dscp=target.dscp,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        if train.outcome is Outcome.UNRESOLVED:
            # Nothing was sent, so nothing is known of the path.
            raise CheckError(f"{target.address} has no address: {train.detail}")
        found = figures(train)
        yield Sample("govnet_path_reachable", float(bool(train.replies)))
        yield from _of_directions(found)
        if not train.replies:
            return
        yield Sample("govnet_path_duplicates", float(found.duplicates))
        yield Sample("govnet_path_reordered", float(found.reordered))
        if target.dscp and udp_header.CAN_MARK:
            kept = dscp_kept(train, target.dscp)
            if kept is not None:
                yield Sample("govnet_path_dscp_kept", float(kept))
        yield from _of_grades(found, target.codecs)
        if mtu.AVAILABLE:
            yield from self._of_mtu(target, context)
        if target.test_bytes_per_day is not None:
            yield from self._of_burst(target, target.test_bytes_per_day, context)

    def _of_mtu(self, target: PathSettings, context: Context) -> Iterator[Sample]:
        """Search, beginning with what was found last; nothing where the search did not end."""
        with self._lock:
            likely = self._mtu_bytes.get(target.target)
        found = self._find_mtu(
            target.address,
            target.port,
            likely_bytes=likely,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        if found.mtu_bytes is not None:
            with self._lock:
                self._mtu_bytes[target.target] = found.mtu_bytes
            yield Sample("govnet_path_mtu_bytes", float(found.mtu_bytes))

    def _of_burst(
        self, target: PathSettings, budget_bytes: int, context: Context
    ) -> Iterator[Sample]:
        """Send a burst if its time has come and the day's budget has room; tell the newest one's.

        Nobody knows here whether a meeting is on: a burst is short enough to be missed by it.
        """
        with self._lock:
            packet_bytes = self._mtu_bytes.get(target.target, _SAFE_BYTES)
            tests = self._tests.get(target.target, _Tests())
        cost_bytes = 2 * _BURST_PACKETS * packet_bytes
        if self._spend(
            target.target,
            cost_bytes,
            budget_bytes,
            now=context.clock.time(),
            state_dir=context.state_dir,
        ):
            headers_bytes = _HEADERS_6_BYTES if ":" in target.address else _HEADERS_BYTES
            train = self._measure(
                target.address,
                target.port,
                packets=_BURST_PACKETS,
                spacing_seconds=0.0,
                size_bytes=packet_bytes - headers_bytes,
                timeout_seconds=answer_seconds(context),
                trace=context.trace,
            )
            tests = _Tests(tests.used_bytes + cost_bytes, rates(train, packet_bytes))
            with self._lock:
                self._tests[target.target] = tests
        yield Sample("govnet_path_test_bytes_total", float(tests.used_bytes))
        newest = tests.newest or BurstRates(None, None)
        for direction, rate in (("forward", newest.forward), ("backward", newest.backward)):
            if rate is not None:
                yield Sample(
                    "govnet_path_throughput_bytes_per_second",
                    round(rate),
                    {"direction": direction},
                )


@dataclass(frozen=True, slots=True)
class _Tests:
    """What tests of one path have used since the agent's start, and what the newest showed."""

    used_bytes: int = 0
    newest: BurstRates | None = None


_BURST_PACKETS = 100
_SAFE_BYTES = 1280  # Where no larger packet is known to pass.
_HEADERS_BYTES, _HEADERS_6_BYTES = 28, 48


def _of_directions(found: PathFigures) -> Iterator[Sample]:
    if found.rtt_seconds is not None:
        yield Sample("govnet_path_rtt_seconds", found.rtt_seconds)
    loss = found.direction_loss
    for direction, loss_ratio, variation in (
        ("forward", None if loss is None else loss.forward, found.forward),
        ("backward", None if loss is None else loss.backward, found.backward),
        ("both", found.loss_ratio, found.both),
    ):
        labels = {"direction": direction}
        for quantity, value in (
            ("loss_ratio", loss_ratio),
            ("jitter_mean_seconds", variation.mean_seconds),
            ("jitter_p95_seconds", variation.p95_seconds),
        ):
            if value is not None:
                yield Sample(f"govnet_path_{quantity}", value, labels)


def _of_grades(found: PathFigures, codecs: Iterable[str]) -> Iterator[Sample]:
    grade = grade_of(found)
    if grade is None:
        return
    for codec in codecs:
        score = mos(
            codec,
            rtt_seconds=grade.rtt_seconds,
            jitter_seconds=grade.jitter_seconds,
            loss_ratio=grade.loss_ratio,
        )
        yield Sample("govnet_path_mos", round(score, 4), {"codec": codec})
    yield Sample("govnet_path_grade_code", float(grade.light))
