"""The reflector as a check: each run sees to it that it listens, and tells what it has done.

The port is open for as long as the settings order this check, if the agent's own file allows it.
"""

from collections.abc import Callable, Iterable

from agent.checks.contract import Context
from agent.listening.permission import listen_address
from agent.listening.ports import PORTS
from agent.listening.reflector import ReflectorCounts
from agent.listening.reflector_process import ReflectorProcess
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import ReflectorSettings


def reflect(port: int, allow: tuple[str, ...]) -> ReflectorCounts:
    """Let the reflector of this process listen at that port, and return its counts.

    They begin anew when the port or the networks change, and when its process had to be started
    again. Raises CheckError if it may not listen, or cannot.
    """
    address = listen_address()
    reflector = PORTS.hold(
        ReflectorSettings.check,
        (address, port, allow),
        lambda: ReflectorProcess(address, port, allow),
        ReflectorProcess,
    )
    try:
        return reflector.counts
    except CheckError:
        PORTS.drop(ReflectorSettings.check)  # The next run starts it again.
        raise


class ReflectorCheck:
    """Keeps the reflector of the centre's agent open; `target` is that agent's machine."""

    name = ReflectorSettings.check
    metrics = (
        CATALOGUE["govnet_reflector_listening"],
        CATALOGUE["govnet_reflector_packets_total"],
        CATALOGUE["govnet_reflector_refused_total"],
    )

    def __init__(self, *, listen: Callable[..., ReflectorCounts] = reflect) -> None:
        self._listen = listen

    def run(self, target: ReflectorSettings, context: Context) -> Iterable[Sample]:
        """Open the port if it is not open yet, and yield the counts.

        Raises CheckError if it cannot listen: then there is nothing to say of packets either.
        """
        del context  # It waits for nobody.
        counts = self._listen(target.port, target.allow)
        yield Sample("govnet_reflector_listening", 1.0)
        yield Sample("govnet_reflector_packets_total", float(counts.answered))
        for reason, number in (
            ("source", counts.refused_source),
            ("malformed", counts.refused_malformed),
            ("rate", counts.refused_rate),
        ):
            yield Sample("govnet_reflector_refused_total", float(number), {"reason": reason})
