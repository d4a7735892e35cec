"""The agent about itself: what it is, what waits on its disk, what it costs the machine."""

import platform

import psutil

import govnet
from agent.sending.learnt import Delivered, Learnt
from agent.spool.spool import Spool
from govnet.catalogue import PATHS
from govnet.report import Sample

CHECK = "agent"
"""The name under which the agent's own result stands in a report."""


class Health:
    """Gives the agent's own samples; one per process."""

    def __init__(self, spool: Spool, learnt: Learnt) -> None:
        self._spool = spool
        self._learnt = learnt
        self._process = psutil.Process()
        self._platform = f"{platform.system().lower()}-{platform.machine().lower()}"

    def samples(self) -> tuple[Sample, ...]:
        """Return one sample per row of the catalogue named `govnet_agent_...` that is measured."""
        cpu = self._process.cpu_times()
        info = {"version": govnet.__version__, "platform": self._platform}
        spool, learnt = self._spool, self._learnt
        return (
            Sample("govnet_agent_info", 1, info),
            Sample("govnet_agent_spool_waiting_reports", spool.waiting),
            Sample("govnet_agent_spool_waiting_bytes", spool.waiting_bytes),
            Sample("govnet_agent_spool_dropped_reports_total", spool.dropped_total),
            Sample("govnet_agent_spool_quarantined_reports_total", spool.quarantined_total),
            Sample("govnet_agent_spool_torn_total", spool.torn_total),
            Sample("govnet_agent_send_failures_total", learnt.send_failures),
            Sample("govnet_agent_sent_bytes_total", learnt.sent_bytes),
            Sample("govnet_agent_spool_write_failures_total", spool.write_failures),
            *(
                Sample("govnet_agent_send_held_back_total", times, {"what": what})
                for what, times in learnt.held_back.items()
            ),
            *_path_in_use(learnt.delivered),
            Sample("govnet_agent_resident_memory_bytes", self._process.memory_info().rss),
            Sample("govnet_agent_cpu_seconds_total", cpu.user + cpu.system),
        )


def _path_in_use(delivered: Delivered | None) -> tuple[Sample, ...]:
    """Return which network led to a collector last; nothing before one has answered."""
    if delivered is None:
        return ()
    name = "govnet_agent_path_in_use"
    return tuple(Sample(name, float(path == delivered.path), {"path": path}) for path in PATHS)
