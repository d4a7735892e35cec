"""What the addresses and sign-ins of every HTTP service that the collector calls have in common."""

import re
import unicodedata
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from govnet.errors import ConfigError

FILE_OPTIONS: Final = ("token_file", "password_file", "ca_file")
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}

_TOKEN: Final = re.compile(r"[!-~]+")

Options = TypeVar("Options", bound=msgspec.Struct)


class Access(Protocol):
    """As whom a service is asked, and by which authority it is known."""

    @property
    def token_file(self) -> str | None:
        """A bearer token."""

    @property
    def username(self) -> str | None:
        """A user of basic authentication."""

    @property
    def password_file(self) -> str | None:
        """Its password."""

    @property
    def ca_file(self) -> str | None:
        """Instead of the public authorities."""


class SignIn(msgspec.Struct, frozen=True):
    """An access by user and password that stands in no table of options."""

    username: str | None = None
    password_file: str | None = None
    token_file: str | None = None
    ca_file: str | None = None


class Service(msgspec.Struct, frozen=True):
    """A service that is asked; `access` None: as nobody, known by the public authorities."""

    url: str
    access: Access | None = None

    def at(self, path: str) -> str:
        """Return the address of a path below that of the service."""
        return f"{self.url.rstrip('/')}{path}"


class Form(NamedTuple):
    """How an address is written: `text` tells people."""

    text: str
    has_path: bool = True
    has_query: bool = False


HOST_ALONE: Final = Form("http(s)://HOST[:PORT]", has_path=False)
MAYBE_BELOW: Final = Form("http(s)://HOST[:PORT][/PATH]")
ANY_PLACE: Final = Form("http(s)://HOST[:PORT]/PATH", has_query=True)


def url_problem(url: str, form: Form, instead: str = "") -> str | None:
    """Return what was expected at an address and what was found; None: it is usable.

    A user or password in it is refused, and never repeated: it would lie open wherever the address
    is written, shown or logged. `instead` says where they belong.
    """
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        return _unusable(url, form)
    if "@" in address.netloc:
        return f"expected {form.text} without user and password, found some in it{instead}"
    unwanted = r"[\s#]" if form.has_query else r"[\s#?]"
    is_usable = (
        address.scheme in {"http", "https"}
        and bool(address.hostname)
        and port != 0
        and not re.search(unwanted, url)
        and (form.has_path or not address.path)
    )
    return None if is_usable else _unusable(url, form)


def check_url(option: str, url: str, form: Form) -> None:
    """Raise ConfigError for an address of a command's line that is not usable."""
    if (problem := url_problem(url, form)) is not None:
        raise ConfigError([f"{option}: {problem}"])


def _unusable(url: str, form: Form) -> str:
    # Not repeated where a password or token may stand in it.
    read = unicodedata.normalize("NFKC", unquote(url))
    told = "" if re.search(r"[@?]", read) else f", got {url!r}"
    return f"expected {form.text}{told}"


def access_mistakes(
    access: Access, url: str | None, form: Form, option: str = "url"
) -> list[tuple[str, str]]:
    """Return all that is wrong with an access and the address it is for, as (option, what)."""
    found = who_mistakes(access)
    if url is None:
        return found
    problem = address_problem(access, url, form, instead="; see username and password_file")
    return found if problem is None else [*found, (option, problem)]


def address_problem(access: Access, url: str, form: Form, instead: str) -> str | None:
    """Return why that access cannot be used at an address, None if it can; see `url_problem`."""
    if (problem := url_problem(url, form, instead)) is not None:
        return problem
    address = urlsplit(url)
    has_secret = access.token_file is not None or access.password_file is not None
    if has_secret and address.scheme == "http" and address.hostname not in LOOPBACK:
        return "expected https, or anybody on the way reads the token or password"
    return None


def who_mistakes(access: Access) -> list[tuple[str, str]]:
    """Return what is wrong with token, user and password together, as (option, what)."""
    found = []
    if (access.username is None) != (access.password_file is None):
        found.append(("username", "expected together with password_file"))
    if ":" in (access.username or ""):
        # It would end the name, and what is behind it begin the password (RFC 7617, 2).
        found.append(("username", "expected a name without a colon"))
    if access.token_file is not None and access.username is not None:
        found.append(("token_file", "expected a token or a user with password, not both"))
    return found


def bearer_token(file: Path) -> str:
    """Return the token in a file.

    Raises OSError, or ValueError for one that no header can carry; it repeats nothing of the file.
    """
    token = file.read_bytes().decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"{file}: expected one word of printable ASCII characters")
    return token


def beside(options: Options, folder: Path) -> Options:
    """Return the options with their files relative to that folder."""
    files = {
        name: str(folder / path)
        for name in FILE_OPTIONS
        if (path := getattr(options, name)) is not None
    }
    return msgspec.structs.replace(options, **files)
