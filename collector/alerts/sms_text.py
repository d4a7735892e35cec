"""A message of Alertmanager as a text message of at most two parts. Pure.

Without diacritics a part holds 153 characters of the GSM alphabet, with them 67 of UCS-2
(3GPP TS 23.040 §9.2.3.24.1: the two parts of one message lose room to their header).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

import msgspec

PARTS: Final = 2
_GSM_PART: Final = 153
_UCS_PART: Final = 67
_PLAIN: Final = str.maketrans(
    {
        "đ": "d",
        "Đ": "D",
        "«": '"',
        "»": '"',
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "`": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        # These take two places each in the GSM alphabet.
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        "|": "/",
        "\\": "/",
        "^": " ",
        "~": "-",
        "€": "EUR",
    }
)


class Alert(msgspec.Struct, frozen=True):
    """What Alertmanager says of one alert; what else it says is not asked."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Message(msgspec.Struct, frozen=True):
    """What Alertmanager posts (webhook version 4)."""

    alerts: list[Alert]


def read(body: bytes) -> Message:
    """Read what Alertmanager posted. Raises msgspec.DecodeError if it is none."""
    return msgspec.json.decode(body, type=Message)


def short(message: Message, *, diacritics: bool) -> str:
    """Return the text: first what happened and since when, then why and whom to call, if it fits.

    Sentences are left out whole, the most important ones stay. What no telephone shows is a space:
    the modem's program would refuse a message with a NUL.
    """
    most = PARTS * (_UCS_PART if diacritics else _GSM_PART)
    text = ""
    for sentence in _sentences(message):
        shown = "".join(char if char.isprintable() else " " for char in sentence)
        written = shown if diacritics else plain(shown)
        longer = f"{text} {written}".strip()
        if _length(longer, diacritics=diacritics) <= most:
            text = longer
        elif not text:
            text = _cut(written, most, diacritics=diacritics)
    return text


def plain(text: str) -> str:
    """Return a text in the letters that every telephone shows: without diacritics."""
    parted = unicodedata.normalize("NFD", text.translate(_PLAIN))
    bare = "".join(char for char in parted if not unicodedata.combining(char))
    return bare.encode("ascii", "replace").decode("ascii")


def _sentences(message: Message) -> Iterator[str]:
    """Yield what is to be said, the most important first."""
    firing = [alert for alert in message.alerts if alert.status == "firing"]
    if not firing:
        yield f"HẾT CẢNH BÁO: {_list(message.alerts)}."
        return
    level = "KHẨN: " if firing[0].labels.get("severity") == "critical" else ""
    if len(firing) > 1:
        yield f"{level}{len(firing)} cảnh báo: {_list(firing)}."
        return
    told = firing[0].annotations
    since = f", từ {told['since']}" if told.get("since") else ""
    yield f"{level}{told.get('summary', firing[0].labels.get('alertname', ''))}{since}."
    for name, words in (("cause", ""), ("call", "Gọi: "), ("advice", ""), ("evidence", "")):
        if told.get(name):
            yield f"{words}{told[name]}"


def _list(alerts: list[Alert]) -> str:
    return "; ".join(alert.annotations.get("summary", "") for alert in alerts)


def _length(text: str, *, diacritics: bool) -> int:
    """Return how much room a text takes: UCS-2 counts 16-bit units."""
    return len(text.encode("utf-16-be")) // 2 if diacritics else len(text)


def _cut(text: str, most: int, *, diacritics: bool) -> str:
    """Cut what is too long even alone."""
    end = "…" if diacritics else "..."
    while _length(text + end, diacritics=diacritics) > most:
        text = text[:-1]
    return text + end
