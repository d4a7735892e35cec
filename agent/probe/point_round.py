"""One round of questions to a conference endpoint, up to the first that is not answered."""

from typing import Protocol

from agent.probe.api import Api, Reply
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.point import LoginFate, PointAnswer, PointFacts
from agent.probe.trace import Trace


class Round(Protocol):
    """What one interface asks; its fields say how far it came, also after a failure."""

    login: LoginFate
    first: Reply | None
    """The reply that shows that the interface itself is there."""
    facts: PointFacts | None

    def ask(self) -> None:
        """Ask everything; raises OSError at the first question that is not answered."""
        ...


def ask(questions: Round, api: Api, trace: Trace) -> PointAnswer:
    """Ask, and return how far it came. Raises CheckError when this machine could not ask."""
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
