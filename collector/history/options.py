"""One `[[remote_write]]` of `collector.toml`: where history goes."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from collector.http_access import way_mistakes, who_mistakes

DROP_REASONS: Final = (
    "too_old",
    "out_of_bounds",
    "out_of_order",
    "duplicate",
    "refused",
    "too_new",
)
"""Why samples do not reach a receiver; docs/collector.md says what each means."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
WindowHours = Annotated[float, msgspec.Meta(gt=0, le=87_600)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3_600)]


class RemoteWrite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver of remote write 1.0."""

    name: Name
    """Short: the label `receiver` of the collector's metrics, and the name of its position."""
    url: str
    window_hours: WindowHours = 23.5
    """Older samples are not sent: a margin below the receiver's `out_of_order_time_window`."""
    job: Word = "govnet"
    """The label `job`, as the scrape configuration gives it."""
    token_file: str | None = None
    username: Word | None = None
    password_file: str | None = None
    ca_file: str | None = None
    """Instead of the public authorities."""
    timeout_seconds: Seconds = 30.0


def mistakes(receiver: RemoteWrite) -> list[tuple[str, str]]:
    """Return what types alone do not show, as (option, what)."""
    found = []
    if not _NAME.fullmatch(receiver.name):
        found.append(("name", f"expected small letters, digits, - and _, got {receiver.name!r}"))
    try:
        address = urlsplit(receiver.url)
        host = address.hostname or ""
        is_usable = address.scheme in {"http", "https"} and bool(host)
        # Asking for it finds a port that is none.
        is_usable = is_usable and (address.port is None or address.port > 0)
    except ValueError:
        return [*found, ("url", f"expected http(s)://HOST[:PORT]/PATH, got {receiver.url!r}")]
    if address.username is not None or address.password is not None:
        found.append(("url", "expected no user or password in it; see username, password_file"))
    elif not is_usable or any(char.isspace() for char in receiver.url):
        found.append(("url", f"expected http(s)://HOST[:PORT]/PATH, got {receiver.url!r}"))
    return [*found, *who_mistakes(receiver), *way_mistakes(receiver)]
