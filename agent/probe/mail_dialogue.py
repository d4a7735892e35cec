"""What one connection to a mail server says and hears, whatever the protocol."""

from abc import ABC, abstractmethod

from agent.probe.deadline import Deadline
from agent.probe.stream import Stream
from agent.probe.trace import Trace


class Dialogue(ABC):
    """One connection; its fields say how far it came, also after a failure."""

    def __init__(self, deadline: Deadline, trace: Trace) -> None:
        self._deadline = deadline
        self._trace = trace
        self.status = ""
        """The greeting's first word: 220, OK, +OK and so on; empty before it."""
        self.willing = False
        """Whether that word says that the server will work."""
        self.greeting = ""
        self.capabilities: tuple[str, ...] = ()
        self.greeting_seconds: float | None = None

    @abstractmethod
    def greet(self, stream: Stream) -> None:
        """Read the greeting and, where the server is willing, ask for the capabilities."""

    @abstractmethod
    def offers_tls(self) -> bool:
        """Tell whether the server offered to change to TLS."""

    @abstractmethod
    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree, or says more than that."""

    @abstractmethod
    def leave(self, stream: Stream) -> None:
        """Say goodbye; the answer does not matter."""
