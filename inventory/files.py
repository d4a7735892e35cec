"""The top file and the files it includes -> located data by kind of record.

What may stand at the top of a file is known here; what the records mean is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from inventory.located import Map, Seq
from inventory.parse import parse
from inventory.problems import REFUSED, Place, Problems, Spot, near, quoted, shown

MAX_FILE_BYTES = 32 * 1024 * 1024
RECORD_LISTS = (
    "calendars",
    "changed_days",
    "carriers",
    "clusters",
    "power_areas",
    "units",
    "sites",
    "services",
    "conferences",
)
PROFILE_LISTS = ("machines", "sites")
DEFAULT_KINDS = (
    "calendars",
    "carriers",
    "units",
    "sites",
    "services",
    "conferences",
    "links",
    "devices",
    "device_counts",
    "machines",
    "machine_counts",
    "conference_points",
)
TOP_ONLY = ("include", "province", "report_interval_seconds", "defaults")
TOP_KEYS = (*TOP_ONLY, "profiles", *RECORD_LISTS)


Contents = Mapping[Path, bytes]
"""What stands for files' own contents while nothing is written, by path."""


class Written(NamedTuple):
    """One file as it was read."""

    path: Path
    content: bytes
    data: Map


@dataclass(slots=True)
class Sources:
    """All data of an inventory as written, lists of all files joined.

    `complete` is false when a file or a list could not be read: what seems to be missing may stand
    in it. `not_included` are files beside the included ones that nobody asked for. `files` are
    those that could be read, by the name that places carry, the top file first.
    """

    top: Map
    records: dict[str, list[Map]] = field(default_factory=dict)
    profiles: dict[str, list[Map]] = field(default_factory=dict)
    defaults: dict[str, Map] = field(default_factory=dict)
    complete: bool = True
    not_included: list[str] = field(default_factory=list)
    files: dict[str, Written] = field(default_factory=dict)


def read_sources(
    path: Path, problems: Problems, contents: Contents | None = None
) -> Sources | None:
    """Read the top file and its includes. None after a mistake that hides the whole top file.

    A file that has `contents` is not read from the disk.
    """
    spot = Spot(Place(path.as_posix(), 1, 1), "")
    instead = {one.resolve(): content for one, content in (contents or {}).items()}
    read = _read(path, spot, instead, problems)
    if read is None:
        return None
    top = read.data
    sources = Sources(
        top=top,
        files={path.as_posix(): read},
        records={kind: [] for kind in RECORD_LISTS},
        profiles={kind: [] for kind in PROFILE_LISTS},
    )
    _collect(top, sources, problems, is_top=True)
    _collect_defaults(top, sources, problems)
    included, is_complete = _included(path, top, problems)
    sources.complete = sources.complete and is_complete
    sources.not_included = _beside(path, [one for one, _ in included])
    for one, entry in included:
        read = _read(one, entry, instead, problems)
        if read is None:
            sources.complete = False
        else:
            sources.files[one.as_posix()] = read
            _collect(read.data, sources, problems, is_top=False)
    return sources


def _read(path: Path, asked_at: Spot, instead: Contents, problems: Problems) -> Written | None:
    """Return a file with a mapping in it.

    `asked_at` is where a file that cannot be read is reported, `instead` what is not read from
    the disk, by resolved path.
    """
    name = path.as_posix()
    try:
        content = instead.get(path.resolve()) if instead else None
        if content is None and not path.is_file():
            got = "a folder" if path.is_dir() else "no such file"
            problems.add(asked_at, "a file", f"{got}: {quoted(name)}")
            return None
        if content is None:
            with path.open("rb") as stream:
                content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as exc:
        problems.add(asked_at, "a readable file", f"{exc.strerror}: {quoted(name)}")
        return None
    if len(content) > MAX_FILE_BYTES:
        problems.add(asked_at, f"a file of at most {MAX_FILE_BYTES:,} bytes", "a larger one")
        return None
    before = len(problems)
    data = parse(content, name, problems)
    if isinstance(data, Map):
        return Written(path, content, data)
    if len(problems) == before:
        spot = data.spot() if isinstance(data, Seq) else Spot(Place(name, 1, 1), "")
        problems.add(spot, "a mapping with " + ", ".join(TOP_KEYS[4:6]) + " ...", shown(data))
    return None


def _collect(data: Map, sources: Sources, problems: Problems, *, is_top: bool) -> None:
    """Add a file's lists to the sources."""
    for key in data:
        if key not in TOP_KEYS:
            sources.complete = False
        if key not in TOP_KEYS and data[key] is not REFUSED:
            hint = near(key, TOP_KEYS) or "docs/inventory.md lists them"
            problems.add(data.key_spot(key), "a field of an inventory", quoted(key), hint)
        if key in TOP_ONLY and not is_top:
            hint = "move it to the top file"
            problems.add(data.key_spot(key), "lists of records", quoted(key), hint)
    before = len(problems)
    for kind in RECORD_LISTS:
        sources.records[kind] += _maps_in(data, kind, problems)
    profiles = _mapping(data, "profiles", problems)
    if profiles is not None:
        for key in profiles:
            if key not in PROFILE_LISTS:
                hint = near(key, PROFILE_LISTS)
                problems.add(profiles.key_spot(key), "machines or sites", quoted(key), hint)
        for kind in PROFILE_LISTS:
            sources.profiles[kind] += _maps_in(profiles, kind, problems)
    sources.complete = sources.complete and len(problems) == before


def _collect_defaults(top: Map, sources: Sources, problems: Problems) -> None:
    defaults = _mapping(top, "defaults", problems)
    for kind in defaults if defaults is not None else ():
        if kind not in DEFAULT_KINDS:
            hint = near(kind, DEFAULT_KINDS) or "docs/inventory.md lists them"
            spot = defaults.key_spot(kind) if defaults is not None else top.spot()
            problems.add(spot, "a kind of record", quoted(kind), hint)
        elif defaults is not None and (fields := _mapping(defaults, kind, problems)) is not None:
            sources.defaults[kind] = fields


def _mapping(holder: Map, key: str, problems: Problems) -> Map | None:
    value = holder.get(key)
    if isinstance(value, Map):
        return value
    if value is not None:
        problems.add(holder.value_spot(key), "a mapping", shown(value, holder.written(key)))
    return None


def _maps_in(holder: Map, key: str, problems: Problems) -> list[Map]:
    """Return the mappings in a list; an empty value is an empty list."""
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, Seq):
        problems.add(holder.value_spot(key), "a list", shown(value, holder.written(key)))
        return []
    result: list[Map] = []
    for index, item in enumerate(value):
        if isinstance(item, Map):
            result.append(item)
        else:
            got = shown(item, value.written(index))
            name = "a day" if key == "changed_days" else "an id"
            problems.add(value.item_spot(index), f"a mapping with {name}", got)
    return result


def _included(path: Path, top: Map, problems: Problems) -> tuple[list[tuple[Path, Spot]], bool]:
    """Return the included files in order, each once, with the place that asked for it.

    The second value is false when an entry is wrong, so that files are missing.
    """
    entries: Any = top.get("include")
    if entries is None:
        return [], True
    if not isinstance(entries, Seq):
        got = shown(entries, top.written("include"))
        problems.add(top.value_spot("include"), "a list of files", got)
        return [], False
    seen = {path.resolve()}
    result: list[tuple[Path, Spot]] = []
    complete = True
    for index in range(len(entries)):
        found = _files_of(entries, index, path.parent, problems)
        complete = complete and bool(found)
        for one in found:
            if one.resolve() not in seen:
                seen.add(one.resolve())
                result.append((one, entries.item_spot(index)))
    return result, complete


def _files_of(entries: Seq, index: int, folder: Path, problems: Problems) -> list[Path]:
    """Return the files that one entry of `include` names; none after saying what is wrong."""
    entry, spot = entries[index], entries.item_spot(index)
    if not isinstance(entry, str) or not entry or "\0" in entry:
        problems.add(spot, "a file name", shown(entry, entries.written(index)))
        return []
    outside = Path(entry).is_absolute() or ".." in Path(entry).parts
    found: list[Path] = []
    try:
        if not outside:
            is_pattern = any(sign in entry for sign in "*?[")
            found = sorted(folder.glob(entry)) if is_pattern else [folder / entry]
        inside = folder.resolve()
        outside = outside or any(not one.resolve().is_relative_to(inside) for one in found)
    except (ValueError, OSError, RuntimeError) as exc:  # A wrong pattern, a loop of links.
        problems.add(spot, "a file name or pattern", quoted(entry), str(exc))
        return []
    if outside:
        problems.add(spot, "a file within the inventory's folder", quoted(entry))
        return []
    if not found:
        problems.add(spot, "at least one file", f"none that fits {quoted(entry)}")
    return found


def _beside(path: Path, included: list[Path]) -> list[str]:
    """Return the YAML files in the folders of included files that are not read, sorted."""
    read = {one.resolve() for one in (path, *included)}
    return [
        one.as_posix()
        for folder in sorted({one.parent for one in included})
        for one in sorted(folder.glob("*.y*ml"))
        if one.suffix in {".yaml", ".yml"} and one.resolve() not in read
    ]
