"""What a probe tells the person who runs it by hand: one plain sentence per message.

`govnet-agent once … --debug` prints these lines, and they are read aloud over the telephone, so
they say what was sent and what came back in words, never in bytes. In normal running nobody
listens.
"""

from collections.abc import Callable

Trace = Callable[[str], None]


def silent(_line: str) -> None:
    """Take a trace line and tell nobody."""


def readable(data: bytes, limit: int = 120) -> str:
    """Return foreign bytes as one short printable line, so that a peer cannot draw on the terminal.

    `limit` counts bytes of input; everything that is not printable ASCII becomes `?`.
    """
    text = "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in data[:limit])  # noqa: PLR2004 - the range of printable ASCII
    return text + "…" if len(data) > limit else text
