"""The options a collector would start with, and where each comes from."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from collector.config import Config, as_option, load_config
from collector.store.vault import credential_file
from collector.toml_file import lines_of, place, read_toml

_QUERY = re.compile(r"([?&][^=&\s]+=)[^&\s]*")


class Shown(msgspec.Struct, frozen=True):
    """One option; `source` is `default`, `FILE:LINE`, an option, or an environment variable."""

    name: str
    value: Any
    source: str


def shown(path: Path | None, given: Mapping[str, Any]) -> list[Shown]:
    """Return every option as it holds; `given` are those of the command line, None: not given.

    Secrets stand in files of their own, of which only the names are shown; what a URL may hold of
    them is left out. Raises ConfigError as `load_config` does.
    """
    text, plain = ("", {}) if path is None else read_toml(path)
    config = (Config() if path is None else load_config(path)).over(**given)
    named = {name for name, value in given.items() if value is not None}
    lines = lines_of(text)

    def source(name: str, written: Mapping[str, Any], option: str) -> str:
        if name in named:
            return as_option(name)
        return f"{path}:{place(lines, name)[0]}" if option in written else "default"

    found = []
    for name, written, option, value in _flat(config, plain):
        found.append(Shown(name, _without_secrets(value), source(name, written, option)))
    return [_with_credential(one) for one in found]


def _flat(
    config: Config, plain: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], str, Any]]:
    """Yield each option: full name, the table of the file it would stand in, name there, value."""
    for name in config.__struct_fields__:
        value, written = getattr(config, name), plain.get(name)
        if isinstance(value, msgspec.Struct):
            for option in value.__struct_fields__:
                yield f"{name}.{option}", written or {}, option, getattr(value, option)
        elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            for number, one in enumerate(value):
                for option in one.__struct_fields__:
                    full = f"{name}[{number}].{option}"
                    yield full, (written or [{}])[number], option, getattr(one, option)
        else:
            yield name, plain, name, value


def _without_secrets(value: Any) -> Any:
    """Return a value without the parameters of a URL; user and password are refused in one."""
    if not isinstance(value, str) or "://" not in value:
        return value
    return _QUERY.sub(r"\1…", value)


def _with_credential(one: Shown) -> Shown:
    """Return the option of the master key as systemd gives it, where nothing else does."""
    file = credential_file() if one.name == "master_key_file" and one.value is None else None
    if file is None:
        return one
    return Shown(one.name, str(file), "environment CREDENTIALS_DIRECTORY")


def chosen_by(given: Path | None, path: Path | None, environment: str) -> str:
    """Return why it is this file of options."""
    if path is None:
        return "there is none"
    if given is not None:
        return "--config"
    return f"environment {environment}" if os.environ.get(environment) else "found"
