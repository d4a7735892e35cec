"""What a mailbox server (IMAP, RFC 3501 and 9051) is told: CAPABILITY, STARTTLS, LOGOUT."""

from agent.probe import mail_dialogue
from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream
from agent.probe.trace import readable

_LINE_LIMIT_BYTES = 8192
_LINES_LIMIT = 100
_GREETINGS = (b"OK", b"PREAUTH", b"BYE")


class Dialogue(mail_dialogue.Dialogue):
    """One connection; OK and PREAUTH are willing, BYE answers too, and says no."""

    def greet(self, stream: Stream) -> None:
        """Read the greeting; where it is willing, ask for the capabilities."""
        started = self._deadline.now()
        line = stream.read_line(_LINE_LIMIT_BYTES)
        star, _, rest = line.partition(b" ")
        status, _, text = rest.partition(b" ")
        if star != b"*" or status.upper() not in _GREETINGS:
            raise PeerError(Outcome.MALFORMED, f"not an IMAP greeting: {readable(line)}")
        self.greeting_seconds = self._deadline.now() - started
        self.status = status.upper().decode("ascii")
        self.willing = self.status != "BYE"
        self.greeting = readable(text)
        self._trace(f"greeting: {self.status} {self.greeting}")
        if not self.willing:
            return
        stream.send(b"a1 CAPABILITY\r\n")
        _, untagged = _read_reply(stream, b"a1")
        for words in untagged:
            if words[:1] and words[0].upper() == b"CAPABILITY":
                self.capabilities = tuple(readable(word, 64).upper() for word in words[1:])
        self._trace(f"CAPABILITY answered with {len(self.capabilities)} words")

    def offers_tls(self) -> bool:
        """Tell whether the server offered STARTTLS, and to somebody not logged in yet."""
        return self.status == "OK" and "STARTTLS" in self.capabilities

    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree."""
        stream.send(b"a2 STARTTLS\r\n")
        status, _ = _read_reply(stream, b"a2")
        if status != b"OK" or stream.has_unread():
            # Plain bytes behind the agreement would be taken for protected ones.
            raise PeerError(Outcome.MALFORMED, f"STARTTLS answered with {readable(status)}")

    def leave(self, stream: Stream) -> None:
        """Say LOGOUT."""
        stream.send(b"a3 LOGOUT\r\n")


def _read_reply(stream: Stream, tag: bytes) -> tuple[bytes, list[list[bytes]]]:
    """Return the status of the reply with that tag, and the words of the untagged lines before."""
    untagged: list[list[bytes]] = []
    for _ in range(_LINES_LIMIT):
        words = stream.read_line(_LINE_LIMIT_BYTES).split()
        if words[:1] == [tag]:
            return words[1].upper() if len(words) > 1 else b"", untagged
        if words[:1] == [b"*"]:
            untagged.append(words[1:])
    raise PeerError(Outcome.MALFORMED, f"no end of the reply in {_LINES_LIMIT} lines")
