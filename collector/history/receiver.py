"""One push over HTTP, and what its answer means."""

import re
import time
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

import msgspec
import requests

from collector.history.messages import HEADERS
from collector.history.options import RemoteWrite
from collector.http_auth import auth_of, without_secrets
from govnet import __version__

REFUSALS: Final = (
    ("too_old", re.compile("too old", re.IGNORECASE)),
    ("out_of_bounds", re.compile("out of bounds", re.IGNORECASE)),
    ("out_of_order", re.compile("out of order", re.IGNORECASE)),
    ("duplicate", re.compile("duplicate sample", re.IGNORECASE)),
)
"""What Prometheus says of samples that it will never take, by our word for it."""
OTHER_REFUSAL: Final = "refused"
_REFUSING: Final = {400, 413, 422}
"""The request itself is at fault; any other status may end without it being changed."""
_INTERNAL_ERROR: Final = 500
_TEXT_CHARACTERS: Final = 200
_MOST_TEXT_BYTES: Final = 8 << 10
"""What is read of a refusal; what it is about stands at its beginning."""


class Answer(msgspec.Struct, frozen=True):
    """What became of a push: taken, refused for a reason, or to be tried again."""

    refused: str | None = None
    retry: bool = False
    retry_after_seconds: float | None = None
    detail: str = ""


class Pushes(Protocol):
    """What sends one request's body."""

    def push(self, body: bytes, now: float) -> Answer:
        """Send it; never raises for what the network or the receiver does."""


class Receiver:
    """A receiver of remote write, over one kept connection."""

    def __init__(self, options: RemoteWrite) -> None:
        self._options = options
        self._session = requests.Session()
        # A proxy or a password of the environment has nothing to do with it.
        self._session.trust_env = False
        self._session.headers.update({**HEADERS, "User-Agent": f"govnet/{__version__}"})
        if options.ca_file is not None:
            self._session.verify = options.ca_file

    def push(self, body: bytes, now: float) -> Answer:
        """Send a body; the secrets are read anew, so that they can be replaced on disk."""
        try:
            auth = auth_of(self._options)
        except OSError as exc:
            return Answer(retry=True, detail=f"token or password cannot be read: {exc}")
        except ValueError as exc:
            return Answer(retry=True, detail=f"token or password cannot be used: {exc}")
        try:
            with self._session.post(
                self._options.url,
                data=body,
                auth=auth,
                timeout=self._options.timeout_seconds,
                allow_redirects=False,
                stream=True,
            ) as answer:
                text = _beginning(answer, self._options.timeout_seconds)
        except (requests.RequestException, OSError) as exc:
            return Answer(retry=True, detail=_short(str(exc)))
        text = without_secrets(text, answer.request.headers)
        return classified(answer.status_code, text, answer.headers.get("Retry-After"), now)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def _beginning(answer: requests.Response, most_seconds: float) -> str:
    """Return how a body begins; the connection ends if there is more, or if it takes too long."""
    ends_at = time.monotonic() + most_seconds
    found = bytearray()
    # Byte by byte: a larger piece would wait until it is whole.
    for byte in answer.iter_content(1):
        found += byte
        if len(found) >= _MOST_TEXT_BYTES or time.monotonic() > ends_at:
            break
    return found.decode("utf-8", "replace")


def classified(status: int, text: str, retry_after: str | None, now: float) -> Answer:
    """Say what an answer means.

    Prometheus 2.42 answers 500 to a sample older than its window: to repeat that would never end.
    """
    if 200 <= status < 300:  # noqa: PLR2004 - all of 2xx
        return Answer()
    detail = f"HTTP {status}: {_short(text)}"
    if status in _REFUSING or status == _INTERNAL_ERROR:
        for reason, pattern in REFUSALS:
            if pattern.search(text):
                return Answer(refused=reason, detail=detail)
    if status in _REFUSING:
        return Answer(refused=OTHER_REFUSAL, detail=detail)
    return Answer(retry=True, retry_after_seconds=_seconds(retry_after, now), detail=detail)


def _seconds(retry_after: str | None, now: float) -> float | None:
    """Read a `Retry-After`: seconds, or a date."""
    if retry_after is None:
        return None
    digits = retry_after.strip()
    if digits.isdecimal():
        return float(digits[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now)
    except ValueError:
        return None


def _short(text: str) -> str:
    return " ".join(text.split())[:_TEXT_CHARACTERS]
