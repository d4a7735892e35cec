"""One `[[remote_write]]` of `collector.toml`: where history goes."""

import re
from typing import Annotated, Final

import msgspec

from collector.http_access import ANY_PLACE, access_mistakes

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
    return [*found, *access_mistakes(receiver, receiver.url, ANY_PLACE)]
