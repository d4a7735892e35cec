"""How one run asks several questions at the same time and keeps every answer that came.

A path has three ends and a conference point five protocols. Asked one after the other, a dead one
would use up the time of the others; so each gets a thread of its own and all share the run's time.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from agent.checks.contract import Context
from agent.probe.trace import Trace
from govnet.errors import CheckError

T = TypeVar("T")

_MARGIN_SHARE, _MARGIN_SECONDS = 0.1, 0.5


def answer_seconds(context: Context) -> float:
    """Return how long a question that is asked now may wait for its answer, in seconds.

    That is the run's remaining time less a margin: "no answer" is a finding, and it must be on its
    way before the run is given up. Raises CheckError once the time is over.
    """
    margin = min(_MARGIN_SECONDS, _MARGIN_SHARE * context.timeout_seconds)
    left = context.remaining_seconds() - margin
    if left <= 0:
        raise CheckError(f"no time left of {context.timeout_seconds:g} s to ask")
    return left


def labelled(trace: Trace, label: str) -> Trace:
    """Return a trace that puts the question's name before every line: several speak at once."""

    def tell(line: str) -> None:
        trace(f"{label}: {line}")

    return tell


class _Question(Generic[T]):
    """One question and what became of it."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._answers: list[T] = []
        self._error: Exception | None = None

    def run(self) -> None:
        """Ask, and keep the answer or the error for whoever waits."""
        try:
            self._answers.append(self._ask())
        except Exception as exc:  # noqa: BLE001 - raised again where the answer is wanted
            self._error = exc

    def answer(self) -> T | CheckError:
        """Return the answer, or the CheckError in its place; raise any other error."""
        if isinstance(self._error, CheckError):
            return self._error
        if self._error is not None:
            raise self._error
        return self._answers[0]


def ask_all(askings: Sequence[Callable[[], T]]) -> Iterator[T | CheckError]:
    """Ask everything at once and yield the answers in the order of the questions.

    A question that could not be asked yields its CheckError, so that the others' answers are still
    delivered. Every asking must end by itself. One alone is asked without a thread. The threads are
    daemons: an agent that is told to stop waits for nobody.
    """
    questions = [_Question(ask) for ask in askings]
    threads = [
        threading.Thread(target=question.run, name="ask", daemon=True) for question in questions[1:]
    ]
    for thread in threads:
        thread.start()
    for index, question in enumerate(questions):
        if index == 0:
            question.run()
        else:
            threads[index - 1].join()
        yield question.answer()


def raise_failures(failures: Sequence[str]) -> None:
    """Raise one CheckError that names everything that could not be asked; none, no error."""
    if failures:
        raise CheckError("; ".join(failures))
