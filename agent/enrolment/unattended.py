"""Enrols a machine at which nobody stands, with the token that was laid on it, before it measures.

1. Somebody enrolled it by hand meanwhile: done.
2. No token: say once what is missing, and look again.
3. A collector that cannot be reached or is busy is tried again after growing, jittered pauses; one
   that refuses for good is tried again slowly, since a person must act. Another token is tried at
   once.

Cut off anywhere, the next start goes on from what is on disk with the same key.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import random
from threading import Event

from agent.clock import Clock
from agent.config import is_enrolled
from agent.enrolment.files import Files
from agent.enrolment.first_contact import ContactError, RefusedError
from agent.enrolment.join import Joined, Wish, join
from agent.enrolment.laid import Laid, Place
from agent.enrolment.wording import refusal
from agent.log import Fault
from agent.onsite.status_file import StatusFile, process_state
from agent.places import DEFAULT_CONFIG, SELF_ENROLLED_CONFIG, config_file
from agent.probe.hardware import fingerprint
from agent.sending.delivery import Backoff
from agent.stopping import Stop
from govnet.errors import ConfigError

_log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""A token or an enrolment by hand is noticed after at most so many seconds."""
FAILED_SECONDS = (2.0, 60.0)
"""First and longest pause while no collector answers: a line that is back shows within a minute."""
REFUSED_SECONDS = (300.0, 3600.0)

NO_TOKEN = "no_token"  # noqa: S105 - a word of `agent.onsite.advice`, no secret
NOT_REACHED = "not_reached"
REFUSED = "enrolment_refused"
UNUSABLE = "enrolment_unusable"
"""Something on this machine must be put right: the token, agent.toml, a folder."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why this machine is not enrolled yet: a word of `agent.onsite.advice`, and a sentence.

    `detail` is Vietnamese where the technician at the PC can do something about it.
    """

    kind: str
    detail: str = ""


class Unattended:
    """Tries until the machine is enrolled or `stop` is called.

    `on_step` is called whenever `waiting` may have changed, `waiting` says why it is not yet.
    """

    def __init__(
        self,
        config: Path,
        state_dir: Path | None,
        place: Place,
        hardware: Mapping[str, str],
        clock: Clock,
        *,
        jitter: Callable[[], float] = random,
        enrol: Callable[[Wish, Mapping[str, str]], Joined] = join,
    ) -> None:
        self.waiting = Waiting(NO_TOKEN)
        self.on_step: Callable[[], None] = lambda: None
        self._config = config
        self._state_dir = state_dir
        self._place = place
        self._hardware = hardware
        self._clock = clock
        self._jitter = jitter
        self._join = enrol
        self._stopping = Event()
        self._fault = Fault(_log, "enrolling this machine")
        self._tried: Laid | None = None
        self._start_over()

    def run(self) -> bool:
        """Return True once this machine is enrolled, False if stopped before.

        Raises ConfigError if an agent.toml that a person wrote has mistakes.
        """
        while not self._stopping.is_set():
            if self.step():
                return True
            self.on_step()
            self._stopping.wait(LOOK_SECONDS)
        return False

    def stop(self) -> None:
        """Make `run` return; an exchange under way is waited for."""
        self._stopping.set()

    def step(self) -> bool:
        """Look once, and try if it is time; return whether this machine is enrolled."""
        if is_enrolled(self._config):
            return True
        try:
            laid = self._place.read()
            if laid is None:
                looked = f"not enrolled and no token in {self._place.name}"
                self._wait_for(Waiting(NO_TOKEN, self._place.name), looked)
                self._tried = None
                return False
            if laid != self._tried:
                self._tried = laid
                self._start_over()
            if self._clock.monotonic() < self._not_before:
                return False
            return self._try(laid)
        except ConfigError as exc:
            self._wait_for(Waiting(UNUSABLE, "; ".join(exc.problems)), exc)
            self._pause(self._refused.next_seconds(REFUSED_SECONDS[0]))
        except ContactError as exc:
            self._wait_for(Waiting(NOT_REACHED, exc.vietnamese), exc)
            self._pause(self._failed.next_seconds(exc.retry_after_seconds))
        except RefusedError as exc:
            english, vietnamese = refusal(exc)
            self._wait_for(Waiting(REFUSED, vietnamese), english, kind=exc.reason)
            self._pause(self._refused.next_seconds(REFUSED_SECONDS[0]))
        return False

    def _try(self, laid: Laid) -> bool:
        wish = Wish(
            token=laid.token(), config=self._config, state_dir=self._state_dir, code=laid.code
        )
        joined = self._join(wish, self._hardware)
        _log.info(
            "this machine is enrolled",
            extra={
                "collector": joined.address,
                "agent": joined.answer.agent,
                "state": joined.answer.state,
                "site": joined.answer.site or "not known yet",
            },
        )
        return True

    def _wait_for(self, waiting: Waiting, detail: object, *, kind: str = "") -> None:
        self.waiting = waiting
        self._fault.appeared(kind or waiting.kind, detail)

    def _pause(self, seconds: float) -> None:
        self._not_before = self._clock.monotonic() + seconds

    def _start_over(self) -> None:
        self._not_before = self._clock.monotonic()
        self._failed = Backoff(*FAILED_SECONDS, self._jitter)
        self._refused = Backoff(*REFUSED_SECONDS, self._jitter)


def enrol_unattended(
    named: Path, state_dir: Path | None, place: Place, clock: Clock, stop: Stop
) -> bool:
    """Enrol this machine as an agent whose file is `named`; False if it was asked to stop before.

    Leaves word of how it stands for `govnet-agent status`. Raises ConfigError.
    """
    there = config_file(named)
    config = SELF_ENROLLED_CONFIG if there == DEFAULT_CONFIG and not there.exists() else there
    files = Files(config, state_dir, None)
    files.prepare()
    unattended = Unattended(config, state_dir, place, fingerprint(), clock)
    process = process_state(clock.time())
    status = StatusFile(
        files.state_dir, clock, lambda: process | {"enrolling": asdict(unattended.waiting)}
    )
    unattended.on_step = status.note
    stop.ends(unattended.stop)
    return unattended.run()
