"""What a device notifies by itself, by SNMP traps and informs: counts, and when the newest came.

A notification is a hint that arrives at once; that none came proves nothing.
"""

from collections.abc import Callable, Iterable

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.listening.heard import Heard, heard_of
from govnet.catalogue import CATALOGUE, TRAPS
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import TrapSettings


class TrapCheck:
    """Tells what one device notified; `target` is the device."""

    name = TrapSettings.check
    metrics = (
        CATALOGUE["govnet_trap_received_total"],
        CATALOGUE["govnet_trap_newest_timestamp_seconds"],
    )

    def __init__(self, *, heard: Callable[..., Heard] = heard_of) -> None:
        self._heard = heard

    def run(self, target: TrapSettings, context: Context) -> Iterable[Sample]:
        """Yield the count of every kind, and when the newest came of those that did.

        The first run opens the port. Raises CheckError where this agent may open none, and for
        settings that name no sender.
        """
        if not target.address or target.snmp is None:
            raise CheckError("expected an address, and a community or user")
        heard = self._heard(
            target.target,
            target.address,
            access=target.snmp,
            port=target.port,
            clock=context.clock,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        for kind in TRAPS:
            count = float(heard.counts.get(kind, 0))
            yield Sample("govnet_trap_received_total", count, {"trap": kind})
        for kind in TRAPS:
            if kind in heard.newest:
                newest_at = heard.newest[kind]
                yield Sample("govnet_trap_newest_timestamp_seconds", newest_at, {"trap": kind})
