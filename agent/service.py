"""The running agent: puts spool, runner and sender together and ends them in order."""

import logging
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import govnet
from agent.checks.table import load
from agent.clock import Clock, SystemClock
from agent.config import Config, is_enrolled
from agent.config import load as load_config
from agent.enrolment.laid import take_away, usual_place
from agent.identity.credentials import Credentials
from agent.identity.keyring import Keyring
from agent.identity.trust import Trust
from agent.listening import permission
from agent.log import start_logging
from agent.measuring.alive import read_previous_run
from agent.measuring.health import Health
from agent.measuring.runner import LONGEST_WAIT_SECONDS, Runner
from agent.onsite.status_file import StatusFile, process_state
from agent.places import DEFAULT_CONFIG
from agent.probe import folders
from agent.probe.hardware import fingerprint
from agent.probe.system import boot_id
from agent.sending.orders import Orders, read_orders
from agent.sending.send import Sender
from agent.spool.spool import Spool
from agent.stopping import Stop
from govnet import notify
from govnet.errors import CheckError, ConfigError, JournalError

_log = logging.getLogger(__name__)

_MIB = 1 << 20
_DAY_SECONDS = 86400.0

STOP_WITHIN_SECONDS = 5.0
"""An exchange under way may take this long to end; its reports are on disk anyway."""

HANGS_AFTER_SECONDS = 3 * LONGEST_WAIT_SECONDS
"""A runner that did not look up for so long hangs: systemd starts the agent again."""


class Service:
    """One agent from start to stop; needs its state folder for itself.

    Raises ConfigError if what the configuration names cannot be used.
    """

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        state_dir = config.state_dir
        trust = Trust(config.ca_file, state_dir)
        permission.allow(config.listen)
        folders.allow(config.folders)
        try:
            state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._spool = Spool(
                state_dir / "spool",
                clock=clock.time,
                max_bytes=config.spool.max_mib * _MIB,
                max_age_seconds=config.spool.max_days * _DAY_SECONDS,
            )
        except (OSError, JournalError) as exc:
            raise ConfigError([f"state_dir: cannot be used: {exc}"]) from exc
        orders = read_orders(state_dir, config.identity.agent)
        boot = _boot_id()
        self._process = process_state(clock.time())
        self._agent = config.identity.agent
        self._status = StatusFile(state_dir, clock, self._state)
        self._credentials = Credentials(
            Keyring(state_dir, config.identity), trust, orders.settings if orders else None
        )
        self._sender = Sender(
            credentials=self._credentials,
            collectors=config.collectors,
            spool=self._spool,
            state_dir=state_dir,
            clock=clock,
            boot_id=boot,
            orders_digest=orders.digest if orders else "",
            on_orders=self._take_over,
            on_step=self._status.note,
            bytes_per_hour=orders.settings.send_bytes_per_hour if orders else None,
            hardware=fingerprint(),
        )
        learnt = self._sender.learnt
        self._runner = Runner(
            agent=config.identity.agent,
            orders=orders,
            load=load,
            spool=self._spool,
            state_dir=state_dir,
            previous_run=read_previous_run(state_dir),
            clock=clock,
            boot_id=boot,
            health=Health(self._spool, learnt).samples,
            clock_offset=lambda: learnt.clock_offset_seconds,
            on_report=self._sender.notify,
            on_step=self._stepped,
        )
        _log.info(
            "agent starts",
            extra={
                "version": govnet.__version__,
                "agent": config.identity.agent,
                "settings": orders.digest if orders else "none yet",
                "waiting_reports": self._spool.waiting,
            },
        )

    def run(self) -> None:
        """Measure and send until `stop` is called; then leave the mark of a clean stop."""
        notify.tell(notify.watch_every(HANGS_AFTER_SECONDS))
        sending = Thread(target=self._sender.run, name="send", daemon=True)
        sending.start()
        try:
            self._runner.run()
        finally:
            self._sender.stop()
            sending.join(STOP_WITHIN_SECONDS)
            self._spool.close()
            _log.info("agent stopped")

    def stop(self) -> None:
        """Make `run` return."""
        self._runner.stop()

    def _stepped(self) -> None:
        self._status.note()
        notify.tell(notify.ALIVE)

    def _state(self) -> dict[str, Any]:
        """Return what `govnet-agent status` cannot find out without this process."""
        learnt, spool = self._sender.learnt, self._spool
        return self._process | {
            "agent": self._agent,
            "delivered": asdict(learnt.delivered) if learnt.delivered else None,
            "trouble": asdict(learnt.trouble) if learnt.trouble else None,
            "clock_offset_seconds": learnt.clock_offset_seconds,
            "disk_trouble": spool.write_trouble,
            "write_failures": spool.write_failures,
            "held_back": dict(learnt.held_back),
        }

    def _take_over(self, orders: Orders) -> None:
        self._runner.take_over(orders)
        self._credentials.follow(orders.settings)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How `govnet-agent run` was asked to run; see its `--help`."""

    config: Path = DEFAULT_CONFIG
    token_file: Path | None = None
    state_dir: Path | None = None
    """Only for a machine that is not enrolled yet; afterwards agent.toml says it."""
    stop_when_stdin_closes: bool = False
    log_level: int = logging.INFO


def run(options: RunOptions) -> None:
    """Run the agent until it is asked to stop, then end the process.

    A machine that is not enrolled is enrolled first (`agent.enrolment.unattended`). Logs to
    standard error. Raises ConfigError for a mistake in the file and as Service.
    """
    enrolled = is_enrolled(options.config)
    start_logging(options.log_level)
    stop = Stop()
    stop.on_signals()
    if options.stop_when_stdin_closes:
        stop.on_end_of_input()
    if _may_run(options, stop, enrolled=enrolled):
        service = Service(load_config(options.config))
        stop.ends(service.stop)
        service.run()
    logging.shutdown()
    # Everything is on disk. Checks may still be within OpenSSL, which an orderly end of the
    # interpreter takes away under them: the process would die of that.
    os._exit(0)


def _may_run(options: RunOptions, stop: Stop, *, enrolled: bool) -> bool:
    """Return when this machine is enrolled; False if it was asked to stop before."""
    place = usual_place(options.token_file, os.environ)
    if not enrolled:
        # Whoever is enrolled already must not carry it for months.
        from agent.enrolment.unattended import enrol_unattended  # noqa: PLC0415

        state_dir = options.state_dir
        if not enrol_unattended(options.config, state_dir, place, SystemClock(), stop):
            return False
    # Also where an earlier start was cut off between the two, or a token was laid again.
    take_away(place)
    return True


def _boot_id() -> str:
    """Return the system's boot id; a random one makes fewer times comparable and none wrongly."""
    try:
        return boot_id()
    except CheckError:
        return f"process-{secrets.token_hex(8)}"
