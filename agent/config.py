"""What a person wrote in `agent.toml`: where the collectors are, who this agent is, its limits.

Nothing that a technician would have to repeat per PC stands here; what is measured comes from the
collector (`govnet.settings`). Every mistake is found in one reading.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.identity.keys import FILE_NAME, KEY_BYTES, NAME, Identity, Secret, read_keys
from agent.places import DEFAULT_STATE_DIR, config_file, is_there
from agent.transport.address import CollectorAddress, parse_collector
from govnet.catalogue import PATHS
from govnet.errors import ConfigError

_NOBODY = Identity("", "", Secret(b""))


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """How much may wait on disk while no collector can be reached."""

    max_mib: int = 64
    max_days: float = 7.0


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of `agent.toml`; file names are resolved against its folder."""

    collectors: tuple[CollectorAddress, ...]
    identity: Identity
    ca_file: Path | None = None
    state_dir: Path = DEFAULT_STATE_DIR
    spool: SpoolLimits = field(default_factory=SpoolLimits)
    listen: str | None = None
    """Address at which ports may be opened for test packets and notifications; None: nowhere."""
    folders: tuple[Path, ...] = ()
    """Of which it may tell how old their files are."""


_NOT_ENROLLED = (
    "expected the agent's file, found none: enrol this machine first (govnet-agent enrol TOKEN), or"
    " name the file with --config"
)
_CHUA_GHI_DANH = (
    "không có tệp này: máy chưa ghi danh. Xin trung tâm một mã rồi chạy govnet-agent enrol MÃ; tệp"
    " ở chỗ khác thì thêm --config TỆP"
)


def is_enrolled(path: Path) -> bool:
    """Whether a machine has all that an agent needs to run: its file, and who it is.

    Raises ConfigError with the mistakes of a file that is there.
    """
    path = config_file(path)
    if not is_there(path):
        return False
    found = load(path, enrolled=False)
    return bool(found.identity.agent) or read_keys(found.state_dir) is not None


def load(path: Path, *, enrolled: bool = True) -> Config:
    """Read and check `agent.toml`, and who this agent is where it does not say so itself.

    With `enrolled` False, as before enrolment, neither identity nor CA has to be there; an absent
    identity is empty. Raises ConfigError with every mistake as `file:line:column: where: expected,
    found`.
    """
    path = config_file(path)
    try:
        # Editors of Windows begin a file with a mark.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as exc:
        raise ConfigError([f"{path}: {_NOT_ENROLLED}", f"{path}: {_CHUA_GHI_DANH}"]) from exc
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError([f"{path}: expected UTF-8 text, got {exc.reason}"]) from exc
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError([_syntax_problem(path, text, str(exc))]) from exc
    except RecursionError as exc:
        raise ConfigError([f"{path}: expected options, found lists in lists without end"]) from exc
    except ValueError as exc:
        # Python reads no number of thousands of digits, and does not say where it stands.
        raise ConfigError([f"{path}: expected numbers of a few digits: {exc}"]) from exc
    return _Reader(path, text, plain).read(enrolled=enrolled)


def _syntax_problem(path: Path, text: str, message: str) -> str:
    """Turn tomllib's `... (at line 3, column 5)` into our form."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    if match is None:
        return f"{path}:1:1: {message}"
    lines = text.splitlines() or [""]
    return f"{path}:{match[2] or len(lines)}:{match[3] or len(lines[-1]) + 1}: {match[1]}"


_TABLES: dict[str, tuple[str, ...]] = {
    "": ("collectors", "ca_file", "state_dir", "identity", "spool", "listen", "files"),
    "identity": ("agent", "key_id", "key", "key_file"),
    "spool": ("max_mib", "max_days"),
    "listen": ("address",),
    "files": ("folders",),
}


class _Reader:
    """One reading of one file: converts what is right and gathers what is wrong."""

    def __init__(self, path: Path, text: str, plain: dict[str, Any]) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._plain = plain
        self._problems: list[tuple[int, int, str]] = []

    def read(self, *, enrolled: bool) -> Config:
        self._refuse_unknown("", self._plain)
        spool = self._table("spool")
        collectors = self._collectors()
        ca_file = self._file("", self._plain, "ca_file", must_exist=enrolled)
        if ca_file is None and any(address.tls for address in collectors):
            self._missing("", "ca_file", "the file of the collector's CA, needed for https://")
        state_dir = self._file("", self._plain, "state_dir", must_exist=False)
        identity = self._identity(state_dir or DEFAULT_STATE_DIR, enrolled=enrolled)
        limits = SpoolLimits(
            max_mib=int(self._number("max_mib", spool, SpoolLimits().max_mib)),
            max_days=float(self._number("max_days", spool, SpoolLimits().max_days)),
        )
        listen = self._listen()
        folders = self._folders()
        if self._problems:
            raise ConfigError(
                [
                    f"{self._path}:{line}:{column}: {text}"
                    for line, column, text in sorted(self._problems)
                ]
            )
        return Config(
            collectors=collectors,
            identity=identity,
            ca_file=ca_file,
            state_dir=state_dir or DEFAULT_STATE_DIR,
            spool=limits,
            listen=listen,
            folders=folders,
        )

    # --- places -------------------------------------------------------------------------------

    def _place(self, table: str, key: str | None) -> tuple[int, int]:
        """Find line and column of a key, of its table's header, or of the file's beginning.

        tomllib keeps no positions, so lines are looked at one by one; a key inside a multi-line
        string could be taken for the real one, which costs a wrong line number and nothing else.
        """
        header = (1, 1)
        here = ""
        for number, line in enumerate(self._lines, start=1):
            if match := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
                here = match[1].strip("\"'")
                if here == table:
                    header = (number, 1)
                if key is not None and table == "" and here == key:
                    return number, 1
                continue
            wanted = key if here == table else f"{table}.{key}" if here == "" and table else None
            if wanted is None or key is None:
                continue
            if match := re.match(r"\s*[\"']?([A-Za-z0-9_.\-]+)[\"']?\s*=", line):
                if match[1] == wanted:
                    return number, len(line) - len(line.lstrip()) + 1
                if table == "" and match[1].split(".")[0] == wanted:
                    return number, len(line) - len(line.lstrip()) + 1
        return header

    def _wrong(self, table: str, key: str, text: str, index: int | None = None) -> None:
        where = f"{table}.{key}" if table else key
        if index is not None:
            where += f"[{index}]"
        self._problems.append((*self._place(table, key), f"{where}: {text}"))

    def _missing(self, table: str, key: str, what: str) -> None:
        where = f"{table}.{key}" if table else key
        self._problems.append(
            (*self._place(table, None), f"{where}: expected {what}, found nothing")
        )

    # --- values -------------------------------------------------------------------------------

    def _refuse_unknown(self, table: str, plain: dict[str, Any]) -> None:
        for key in plain:
            if key not in _TABLES[table]:
                self._wrong(table, key, "unknown key" + _suggestion(key, _TABLES[table]))

    def _table(self, name: str) -> dict[str, Any]:
        found = self._plain.get(name, {})
        if not isinstance(found, dict):
            self._wrong("", name, f"expected a table [{name}], got {found!r}")
            return {}
        self._refuse_unknown(name, found)
        return found

    def _text(self, table: str, plain: dict[str, Any], key: str, what: str) -> str:
        found = plain.get(key)
        if found is None:
            self._missing(table, key, what)
        elif not isinstance(found, str) or not found.strip():
            self._wrong(table, key, f"expected {what}, got {found!r}")
        elif not NAME.fullmatch(found):
            expected = "up to 64 letters, digits, dots, dashes and underscores"
            self._wrong(table, key, f"expected {expected}, got {found!r}")
        else:
            return found
        return ""

    def _number(self, key: str, plain: dict[str, Any], default: float) -> float:
        found = plain.get(key, default)
        whole = isinstance(default, int)
        allowed = int if whole else (int, float)
        if isinstance(found, bool) or not isinstance(found, allowed) or not 0 < found < 1 << 20:
            kind = "a whole number" if whole else "a number"
            self._wrong("spool", key, f"expected {kind} above 0, got {found!r}")
            return default
        return float(found)

    def _collectors(self) -> tuple[CollectorAddress, ...]:
        found = self._plain.get("collectors")
        if found is None:
            self._missing("", "collectors", 'a list like ["https://198.18.0.10:8443"]')
            return ()
        if not isinstance(found, list) or not found:
            self._wrong("", "collectors", f"expected a list of addresses, got {found!r}")
            return ()
        addresses = []
        for index, item in enumerate(found):
            try:
                # The list begins with the dedicated network; what stands behind it is the relay.
                addresses.append(_collector(item, PATHS[0] if index == 0 else PATHS[1]))
            except ValueError as exc:
                self._wrong("", "collectors", str(exc), index)
        return tuple(addresses)

    def _listen(self) -> str | None:
        """Return the address of [listen]; without the table no port is ever opened."""
        if "listen" not in self._plain:
            return None
        table = self._table("listen")
        found = table.get("address")
        if found is None:
            self._missing("listen", "address", 'an address of this machine like "198.18.0.9"')
            return None
        from ipaddress import ip_address  # noqa: PLC0415 - few agents listen

        try:
            return str(ip_address(found if isinstance(found, str) else ""))
        except ValueError:
            expected = "an IPv4 or IPv6 address of this machine"
            self._wrong("listen", "address", f"expected {expected}, got {found!r}")
            return None

    def _folders(self) -> tuple[Path, ...]:
        """Return the folders of [files]; without the table no file's age is ever told."""
        if "files" not in self._plain:
            return ()
        found = self._table("files").get("folders")
        if found is None:
            self._missing("files", "folders", 'a list of folders like ["/srv/ftp"]')
            return ()
        names = found if isinstance(found, list) else [found]
        wrong = [
            name for name in names if not isinstance(name, str) or not Path(name).is_absolute()
        ]
        if wrong or not isinstance(found, list):
            expected = 'a list of whole folder names like ["/srv/ftp"]'
            self._wrong("files", "folders", f"expected {expected}, got {found!r}")
            return ()
        return tuple(Path(name) for name in names)

    def _file(
        self, table: str, plain: dict[str, Any], key: str, *, must_exist: bool = True
    ) -> Path | None:
        found = plain.get(key)
        if found is None:
            return None
        if not isinstance(found, str) or not found:
            self._wrong(table, key, f"expected a file name, got {found!r}")
            return Path()
        path = self._path.parent / found
        if must_exist and not path.is_file():
            self._wrong(table, key, f"expected an existing file, got {str(path)!r}")
        return path

    def _identity(self, state_dir: Path, *, enrolled: bool) -> Identity:
        """Return who this agent is: by hand from [identity], else as it enrolled.

        Both of the same agent: the enrolled one goes first, it has the key that was renewed.
        """
        by_hand: Identity | None = None
        if "identity" in self._plain:
            table = self._table("identity")
            agent = self._text("identity", table, "agent", "the agent's id")
            key_id = self._text("identity", table, "key_id", "the id of the agent's key")
            by_hand = Identity(agent, key_id, self._key(table))
        if not enrolled:
            return by_hand or _NOBODY
        try:
            kept = read_keys(state_dir)
        except ConfigError as exc:
            self._problems += [(*self._place("", "state_dir"), text) for text in exc.problems]
            return _NOBODY
        if kept is not None and (by_hand is None or by_hand.agent == kept.current.agent):
            return kept.current
        if by_hand is None:
            missing = f"there is no {state_dir / FILE_NAME}"
            text = f"identity: not enrolled: run govnet-agent enrol TOKEN ({missing})"
            self._problems.append((1, 1, text))
        return by_hand or _NOBODY

    def _key(self, identity: dict[str, Any]) -> Secret:
        if "key" in identity and "key_file" in identity:
            self._wrong("identity", "key_file", "expected either key or key_file, found both")
        elif "key" in identity:
            return self._hex_key("key", identity["key"])
        elif "key_file" in identity:
            before = len(self._problems)
            path = self._file("identity", identity, "key_file")
            if path is not None and len(self._problems) == before:
                try:
                    return self._hex_key("key_file", path.read_text(encoding="ascii").strip())
                except (OSError, UnicodeDecodeError):
                    self._wrong(
                        "identity",
                        "key_file",
                        f"expected a readable file of hex digits: {str(path)!r}",
                    )
        else:
            self._missing("identity", "key_file", "the file of the agent's key, or key")
        return Secret(b"")

    def _hex_key(self, key: str, found: object) -> Secret:
        """Read 64 hex digits. What was found is not repeated: it may be nearly the key."""
        if isinstance(found, str) and re.fullmatch(rf"[0-9a-fA-F]{{{KEY_BYTES * 2}}}", found):
            return Secret(bytes.fromhex(found))
        got = f"{len(found)} characters" if isinstance(found, str) else type(found).__name__
        self._wrong("identity", key, f"expected {KEY_BYTES * 2} hex digits, got {got}")
        return Secret(b"")


def _collector(item: object, usual_path: str) -> CollectorAddress:
    """Read one collector: its URL, or a table of `url` and `path`. Raises ValueError."""
    if isinstance(item, str):
        return parse_collector(item, usual_path)
    if not isinstance(item, dict) or not isinstance(item.get("url"), str):
        raise ValueError(f"expected https://host[:port] or {{url = ..., path = ...}}, got {item!r}")  # noqa: TRY004 - one way out for every wrong item
    for key in item.keys() - {"url", "path"}:
        raise ValueError(f"unknown key {key!r}{_suggestion(key, ('url', 'path'))}")
    path = item.get("path", usual_path)
    if path not in PATHS:
        raise ValueError(f"path: expected {' or '.join(PATHS)}, got {path!r}")
    return parse_collector(item["url"], path)


def _suggestion(key: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(known)}"
