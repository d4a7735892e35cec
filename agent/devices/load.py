"""All profiles of the package, read once in a process; and mistakes told all at once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from agent.devices import decode
from agent.devices.profile import Fact, Profile
from agent.devices.readers import READERS
from govnet.errors import CheckError, ConfigError

COMMON = "common-"


def sources() -> dict[str, str]:
    """Return the text of every profile by its file's name without the ending."""
    folder = files("agent.profiles")
    return {
        entry.name.removesuffix(".yaml"): entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the profiles of the package by family, common files left out.

    Raises CheckError if one cannot be used: an agent with broken files cannot measure.
    """
    try:
        return parse(sources())
    except ConfigError as exc:
        raise CheckError(f"the agent's device profiles are broken: {exc.problems[0]}") from exc


POINT = "point"
"""The kind of profiles of conference points, which are measured by a check of their own."""


@cache
def device_profiles() -> Mapping[str, Profile]:
    """Return the profiles that are not of conference points. Raises as `profiles`."""
    return {name: each for name, each in profiles().items() if POINT not in each.kinds}


def parse(texts: Mapping[str, str]) -> dict[str, Profile]:
    """Return the profiles by family.

    Raises ConfigError with every mistake of every file, and CheckError where PyYAML is missing.
    """
    try:
        from agent.devices import strict  # noqa: PLC0415 - PyYAML, for agents that ask devices
    except ImportError as exc:
        raise CheckError("devices need the Python package PyYAML: pip install pyyaml") from exc
    problems: list[str] = []
    read: dict[str, decode.File] = {}
    for stem, text in texts.items():
        try:
            data = strict.read(text)
        except ValueError as exc:
            problems.append(f"{stem}.yaml: {exc}")
            continue
        read[stem] = decode.file(stem, data, tuple(READERS))
        problems += [f"{stem}.yaml: {each}" for each in read[stem].problems]
    for stem, one in read.items():
        for name in one.include:
            if name not in texts or not name.startswith(COMMON):
                problems.append(f"{stem}.yaml: include: expected a common file, got {name!r}")
            elif name in read and stem.startswith(COMMON) and read[name].include:
                # One step is enough for everybody, and nothing can go round in a circle.
                problems.append(
                    f"{stem}.yaml: include: expected a file that includes none, got {name!r}"
                )
    if problems:
        raise ConfigError(problems)
    return {stem: _whole(one, read) for stem, one in read.items() if not stem.startswith(COMMON)}


def _whole(one: decode.File, read: Mapping[str, decode.File]) -> Profile:
    """Return a family with everything that it includes, its own first."""
    parts = [one]
    for name in one.include:
        parts += [read[name], *(read[below] for below in read[name].include)]
    info: dict[str, tuple[Fact, ...]] = {}
    for part in parts:
        for label, fact in part.info.items():
            info[label] = (*info.get(label, ()), fact)
    return Profile(
        family=one.family,
        name=one.name,
        kinds=one.kinds,
        match=one.match,
        readers=tuple(dict.fromkeys(name for part in parts for name in part.readers)),
        info=info,
        scalars=tuple(scalar for part in parts for scalar in part.scalars),
        tables=tuple(table for part in parts for table in part.tables),
        unsupported=one.unsupported,
        source="; ".join(dict.fromkeys(part.source for part in parts)),
    )
