"""The agent about itself: what it is, what waits on its disk, what it costs the machine."""

import platform

import psutil

import govnet
from agent.send import Learnt
from agent.spool import Spool
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
        spool = self._spool
        return (
            Sample("govnet_agent_info", 1, info),
            Sample("govnet_agent_spool_waiting_reports", spool.waiting),
            Sample("govnet_agent_spool_waiting_bytes", spool.waiting_bytes),
            Sample("govnet_agent_spool_dropped_reports_total", spool.dropped_total),
            Sample("govnet_agent_spool_quarantined_reports_total", spool.quarantined_total),
            Sample("govnet_agent_send_failures_total", self._learnt.send_failures),
            Sample("govnet_agent_resident_memory_bytes", self._process.memory_info().rss),
            Sample("govnet_agent_cpu_seconds_total", cpu.user + cpu.system),
        )
