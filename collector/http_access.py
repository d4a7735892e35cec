"""What options of every HTTP service that the collector calls with a secret have in common."""

from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec

FILE_OPTIONS: Final = ("token_file", "password_file", "ca_file")
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}

Options = TypeVar("Options", bound=msgspec.Struct)


class Access(Protocol):
    """Who is asked, and as whom."""

    @property
    def url(self) -> str | None:
        """Where; None: nobody is asked."""

    @property
    def token_file(self) -> str | None:
        """A bearer token."""

    @property
    def username(self) -> str | None:
        """A user of basic authentication."""

    @property
    def password_file(self) -> str | None:
        """Its password."""


def beside(options: Options, folder: Path) -> Options:
    """Return the options with their files relative to that folder."""
    files = {
        name: str(folder / path)
        for name in FILE_OPTIONS
        if (path := getattr(options, name)) is not None
    }
    return msgspec.structs.replace(options, **files)


def who_mistakes(access: Access) -> list[tuple[str, str]]:
    """Return what is wrong with token, user and password together, as (option, what)."""
    found = []
    if (access.username is None) != (access.password_file is None):
        found.append(("username", "expected together with password_file"))
    if access.token_file is not None and access.username is not None:
        found.append(("token_file", "expected a token or a user with password, not both"))
    return found


def way_mistakes(access: Access) -> list[tuple[str, str]]:
    """Return whether a secret would be readable on its way, as (option, what); `url` is usable."""
    address = urlsplit(access.url or "")
    has_secret = access.token_file is not None or access.password_file is not None
    if has_secret and address.scheme == "http" and address.hostname not in LOOPBACK:
        return [("url", "expected https, or anybody on the way reads the token or password")]
    return []
