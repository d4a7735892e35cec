"""What a mail server (SMTP, RFC 5321) is told: EHLO, STARTTLS (RFC 3207), QUIT."""

from agent.probe import mail_dialogue
from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream
from agent.probe.trace import readable

_LINE_LIMIT_BYTES = 2048
_LINES_LIMIT = 100
_READY, _DONE = 220, 250


def _read_reply(stream: Stream) -> tuple[int, list[bytes]]:
    """Return code and texts of one reply of one or more lines (RFC 5321 §4.2.1)."""
    texts: list[bytes] = []
    for _ in range(_LINES_LIMIT):
        line = stream.read_line(_LINE_LIMIT_BYTES)
        code, mark, text = line[:3], line[3:4], line[4:]
        if len(code) != 3 or not code.isdigit() or mark not in (b"", b" ", b"-"):  # noqa: PLR2004 - reply codes have three digits
            raise PeerError(Outcome.MALFORMED, f"not an SMTP reply: {readable(line)}")
        texts.append(text)
        if mark != b"-":
            return int(code), texts
    raise PeerError(Outcome.MALFORMED, f"an SMTP reply of more than {_LINES_LIMIT} lines")


class Dialogue(mail_dialogue.Dialogue):
    """One connection; 220 is willing, 554 and 421 answer too, and say no."""

    def greet(self, stream: Stream) -> None:
        """Read the greeting and, where it is friendly, ask for the capabilities."""
        started = self._deadline.now()
        code, texts = _read_reply(stream)
        self.greeting_seconds = self._deadline.now() - started
        self.status, self.willing = f"{code:03}", code == _READY
        self.greeting = readable(texts[0])
        self._trace(f"greeting: {self.status} {self.greeting}")
        if not self.willing:
            return
        # RFC 5321 §4.1.3: a client without a name of its own gives an address literal.
        stream.send(b"EHLO [127.0.0.1]\r\n")
        code, texts = _read_reply(stream)
        self._trace(f"EHLO answered with {code} and {len(texts) - 1} capabilities")
        if code == _DONE:
            words = (text.split(b" ", 1)[0] for text in texts[1:])
            self.capabilities = tuple(readable(word, 64).upper() for word in words)

    def offers_tls(self) -> bool:
        """Tell whether the server offered STARTTLS."""
        return "STARTTLS" in self.capabilities

    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree."""
        stream.send(b"STARTTLS\r\n")
        code, _ = _read_reply(stream)
        if code != _READY or stream.has_unread():
            # Plain bytes behind the agreement would be taken for protected ones.
            raise PeerError(Outcome.MALFORMED, f"STARTTLS answered with {code}")

    def leave(self, stream: Stream) -> None:
        """Say QUIT."""
        stream.send(b"QUIT\r\n")
