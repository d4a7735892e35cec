"""One round of questions to a conference endpoint, up to the first that is not answered."""

import time
from abc import ABC, abstractmethod
from typing import ClassVar

from agent.probe.api import Api, Reply
from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.point import LoginFate, PointAnswer, PointFacts
from agent.probe.trace import Trace, silent
from govnet.settings import Login


class Round(ABC):
    """What one interface asks; its fields say how far it came, also after a failure."""

    asking_share: ClassVar[float] = 1.0
    """How much of the time asking may take; what is left is for `close`."""

    def __init__(self, api: Api, login: Login | None) -> None:
        self._api = api
        self._login = login
        self.login = LoginFate.UNTRIED
        self.first: Reply | None = None
        """The reply that shows that the interface itself is there."""
        self.facts: PointFacts | None = None

    @abstractmethod
    def ask(self) -> None:
        """Ask everything; raises OSError at the first question that is not answered."""

    def close(self) -> None:  # noqa: B027 - most interfaces keep nothing
        """Give back what the endpoint keeps for us; raises OSError if it cannot."""


def status(
    interface: type[Round],
    host: str,
    port: int = 443,
    *,
    login: Login | None = None,
    verify_certificate: bool = True,
    ca_file: str | None = None,
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> PointAnswer:
    """Ask the endpoint at `host` (name, IPv4 or IPv6 address) for what a monitor may know.

    With `verify_certificate` the login is sent only to a peer whose certificate is trusted.
    Raises CheckError when this machine could not ask.
    """
    whole = Deadline(timeout_seconds, clock)
    with Api(
        host,
        port,
        deadline=Deadline(timeout_seconds * interface.asking_share, clock),
        verify_certificate=verify_certificate,
        ca_file=ca_file,
        trace=trace,
    ) as api:
        questions = interface(api, login)
        answer = _ask(questions, api, trace)
        api.extend(whole)
        try:
            questions.close()
        except OSError as exc:
            trace(f"the session could not be closed; the endpoint ends it by itself: {exc}")
        return answer


def _ask(questions: Round, api: Api, trace: Trace) -> PointAnswer:
    """Ask, and return how far it came."""
    outcome, detail = Outcome.ANSWERED, ""
    try:
        questions.ask()
    except OSError as exc:
        outcome = outcome_of(exc) if questions.first is None else Outcome.ANSWERED
        detail = str(exc)
        trace(f"failed: {detail}")
    return PointAnswer(
        outcome=outcome,
        status_code=questions.first.status_code if questions.first else None,
        rtt_seconds=questions.first.seconds if questions.first else None,
        handshake=api.handshake,
        login=questions.login,
        facts=questions.facts,
        detail=detail,
    )
