"""Every mistake of `collector.toml` and of the files it names, found before a start does.

Nothing is changed, and the collector may run meanwhile.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from collector.config import Config, read_config, read_token, tables
from collector.credentials_file import load_both
from collector.http_access import bearer_token
from collector.store.database import FILE_NAME
from collector.store.vault import read_master
from collector.tls import serving
from collector.toml_file import place
from govnet.errors import ConfigError

_MAX_SECRET_BYTES = 1 << 16


def check(path: Path | None, now: float | None = None) -> list[str]:
    """Return every mistake as `file:line:column: where: expected, found`, none: it can be started.

    Without a file the defaults are looked at. `now` is Unix seconds, None: the present.
    """
    config, problems, lines = (Config(), [], []) if path is None else read_config(path)
    for option, look in _looks(config, time.time() if now is None else now):
        try:
            look()
        except ConfigError as exc:
            problems += [_placed(path, lines, option, problem) for problem in exc.problems]
        except OSError as exc:
            # Of a folder above it that may not be looked into, or of a name that is too long.
            why = f"{exc.filename}: cannot be looked at: {exc.strerror or exc}"
            problems.append(_placed(path, lines, option, why))
    return problems + _declared(config)


def _placed(path: Path | None, lines: list[str], option: str, problem: str) -> str:
    if path is None:
        return f"{option}: {problem}"
    line, column = place(lines, option)
    return f"{path}:{line}:{column}: {option}: {problem}"


def _looks(config: Config, now: float) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield for each option that names a file what looks at it and raises ConfigError."""
    yield "data_dir", partial(_look_at_folder, Path(config.data_dir))
    for name in ("api_token_file", "metrics_token_file"):
        yield name, partial(read_token, getattr(config, name))
    if config.master_key_file is not None:
        yield "master_key_file", partial(_look_at_master, config)
    yield "tls_certificate_file", partial(_look_at_tls, config, now)
    for where, table in tables(config):
        for name in table.__struct_fields__:
            file = getattr(table, name)
            if file is None or name == "file" or not name.endswith("_file"):
                continue
            yield f"{where}.{name}", partial(_look_at(name), Path(file))


def _declared(config: Config) -> list[str]:
    """Return the mistakes of the inventory and of the credentials it names, each with its place."""
    file = config.credentials.file
    try:
        load_both(Path(config.inventory), None if file is None else Path(file))
    except ConfigError as exc:
        return list(exc.problems)
    return []


def _look_at_folder(data: Path) -> None:
    """Raise ConfigError for a data folder that cannot be one; it need not be there yet."""
    if data.exists() and not data.is_dir():
        raise ConfigError([f"{data}: expected a folder, got a file"])
    if not data.exists() and not data.absolute().parent.is_dir():
        raise ConfigError([f"{data}: expected to be made, {data.absolute().parent} is not there"])


def _look_at_master(config: Config) -> None:
    """Raise ConfigError for a master key that is none, or that is missing where keys are sealed."""
    file = Path(config.master_key_file or "")
    if read_master(file) is None and (Path(config.data_dir) / FILE_NAME).exists():
        raise ConfigError([f"{file}: expected the key that sealed the agents' keys, it is missing"])


def _look_at_tls(config: Config, now: float) -> None:
    """Raise ConfigError for a certificate that cannot be served."""
    files = serving.files_of(config)
    if files is None:
        return
    served = serving.load(files)
    if served.expires_at <= now:
        raise ConfigError([f"{files.certificate}: expected a certificate in date, it has expired"])


def _look_at(option: str) -> Callable[[Path], None]:
    """Return what looks at the file of an option of a table."""
    if option == "token_file":
        return _look_at_token
    return _look_at_ca if option.endswith("ca_file") else _look_at_secret


def _look_at_ca(file: Path) -> None:
    """Raise ConfigError for a file that holds no certificate to trust."""
    try:
        ssl.create_default_context(cafile=str(file))
    except (OSError, ValueError) as exc:
        what = getattr(exc, "strerror", None) or exc
        raise ConfigError([f"{file}: expected certificates (PEM): {what}"]) from exc


def _look_at_secret(file: Path) -> None:
    """Raise ConfigError for a secret that cannot be read; never says what stands there."""
    try:
        with file.open("rb") as stream:
            secret = stream.read(_MAX_SECRET_BYTES)
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc
    if not secret.strip():
        raise ConfigError([f"{file}: expected a secret, the file is empty"])


def _look_at_token(file: Path) -> None:
    """Raise ConfigError for a token that no request can carry."""
    _look_at_secret(file)
    try:
        bearer_token(file)
    except ValueError as exc:
        raise ConfigError([str(exc)]) from exc
