"""What a mailbox server (POP3, RFC 1939) is told: CAPA (RFC 2449), STLS (RFC 2595), QUIT."""

from agent.probe import mail_dialogue
from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream
from agent.probe.trace import readable

_LINE_LIMIT_BYTES = 1024
_LINES_LIMIT = 100
_OK, _ERR = b"+OK", b"-ERR"


def _read_status(stream: Stream) -> tuple[bool, str]:
    """Return whether a reply's first line says +OK, and its text."""
    line = stream.read_line(_LINE_LIMIT_BYTES)
    status, _, text = line.partition(b" ")
    if status not in (_OK, _ERR):
        raise PeerError(Outcome.MALFORMED, f"not a POP3 reply: {readable(line)}")
    return status == _OK, readable(text)


class Dialogue(mail_dialogue.Dialogue):
    """One connection; +OK is willing, -ERR answers too, and says no."""

    def greet(self, stream: Stream) -> None:
        """Read the greeting; where it is +OK, ask for the capabilities."""
        started = self._deadline.now()
        self.willing, self.greeting = _read_status(stream)
        self.greeting_seconds = self._deadline.now() - started
        self.status = "+OK" if self.willing else "-ERR"
        self._trace(f"greeting: {self.status} {self.greeting}")
        if not self.willing:
            return
        stream.send(b"CAPA\r\n")
        known, _ = _read_status(stream)
        if known:
            self.capabilities = _read_capabilities(stream)
        self._trace(f"CAPA answered with {len(self.capabilities)} words")

    def offers_tls(self) -> bool:
        """Tell whether the server offered STLS."""
        return "STLS" in self.capabilities

    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree."""
        stream.send(b"STLS\r\n")
        agreed, text = _read_status(stream)
        if not agreed or stream.has_unread():
            # Plain bytes behind the agreement would be taken for protected ones.
            raise PeerError(Outcome.MALFORMED, f"STLS answered with {text}")

    def leave(self, stream: Stream) -> None:
        """Say QUIT."""
        stream.send(b"QUIT\r\n")


def _read_capabilities(stream: Stream) -> tuple[str, ...]:
    found: list[str] = []
    for _ in range(_LINES_LIMIT):
        line = stream.read_line(_LINE_LIMIT_BYTES)
        if line == b".":
            return tuple(found)
        found.append(readable(line.split(b" ", 1)[0], 64).upper())
    raise PeerError(Outcome.MALFORMED, f"no end of the reply in {_LINES_LIMIT} lines")
