"""One profile's plain data into records; every mistake is told, none is passed over.

A mistake is one line: `where: expected, found`. What is wrong is left out of the result, so that
one look at a file shows everything that is wrong with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.devices import expect
from agent.devices.expect import Place
from agent.devices.profile import (
    ENTITY_PORT,
    IF_INDEX,
    NO_LABEL,
    Column,
    Conversion,
    Fact,
    Match,
    Scalar,
    Table,
    TextOf,
    Where,
)
from agent.devices.units import UNITS
from govnet.catalogue import CATALOGUE

INFO_LABELS = ("model", "firmware", "serial")

_CONVERSION_KEYS = ("absent", "map", "bits", "value", "unit", "with", "scale")


@dataclass(slots=True)
class File:
    """What one file says, before its includes are taken in."""

    family: str
    name: str
    kinds: tuple[str, ...]
    match: Match | None
    include: tuple[str, ...]
    readers: tuple[str, ...]
    info: dict[str, Fact]
    scalars: tuple[Scalar, ...]
    tables: tuple[Table, ...]
    unsupported: str
    source: str
    problems: list[str] = field(default_factory=list)


_FILE_KEYS = (
    *("family", "name", "kinds", "match", "include", "readers", "info", "scalars", "tables"),
    *("unsupported", "source"),
)


def file(stem: str, data: Any, readers: tuple[str, ...]) -> File:
    """Return what a file says; `problems` has its mistakes. `readers` are the known names."""
    problems: list[str] = []
    place = Place(problems)
    plain = expect.mapping(data, place, _FILE_KEYS)
    common = stem.startswith("common-")
    if plain.get("family") != stem:
        place.at("family").wrong(f"the file's name, {stem!r}", plain.get("family"))
    for key in ("name", "source"):
        if key not in plain:
            place.at(key).wrong("a text", None)
    return File(
        family=stem,
        name=expect.text(plain.get("name", "?"), place.at("name")),
        kinds=expect.texts(plain.get("kinds", []), place.at("kinds")),
        match=_match(plain["match"], place.at("match"), common=common)
        if "match" in plain
        else None,
        include=expect.texts(plain.get("include", []), place.at("include")),
        readers=tuple(
            each
            for each in expect.texts(plain.get("readers", []), place.at("readers"))
            if expect.is_known(each, readers, place.at("readers"))
        ),
        info=dict(_info(plain.get("info", {}), place.at("info"))),
        scalars=tuple(expect.each(plain.get("scalars", []), place.at("scalars"), _scalar)),
        tables=tuple(expect.each(plain.get("tables", []), place.at("tables"), _table)),
        unsupported=expect.text(plain.get("unsupported", ""), place.at("unsupported")),
        source=expect.text(plain.get("source", "?"), place.at("source")),
        problems=problems,
    )


def _match(data: Any, place: Place, *, common: bool) -> Match | None:
    if common:
        place.wrong("no match in a common file", data)
    plain = expect.mapping(data, place, ("object_ids", "description"))
    described = plain.get("description")
    if not plain:
        return None
    return Match(
        tuple(expect.each(plain.get("object_ids", []), place.at("object_ids"), expect.oid)),
        None if described is None else expect.pattern(described, place.at("description")),
    )


def _where(data: Any, place: Place) -> tuple[Where, ...]:
    def one(item: Any, here: Place) -> Where:
        plain = expect.mapping(item, here, ("column", "equals"))
        return Where(
            expect.oid(plain.get("column"), here.at("column")),
            expect.raw_values(plain.get("equals", []), here.at("equals")),
        )

    if isinstance(data, list):
        return tuple(expect.each(data, place, one))
    return (one(data, place),)


def _info(data: Any, place: Place) -> Iterator[tuple[str, Fact]]:
    for label, item in expect.mapping(data, place, INFO_LABELS).items():
        here = place.at(label)
        plain = expect.mapping(item, here, ("oid", "column", "where", "from", "pattern"))
        ways = [key for key in ("oid", "column", "from") if key in plain]
        if len(ways) != 1:
            here.wrong("one of oid, column, from", item)
        if plain.get("from", "description") != "description":
            here.at("from").wrong("description", plain["from"])
        pattern = None
        if "pattern" in plain:
            pattern = expect.pattern(plain["pattern"], here.at("pattern"), groups=1)
        elif "from" in plain:
            here.at("pattern").wrong("a regular expression", None)
        oid, column = plain.get("oid"), plain.get("column")
        yield (
            label,
            Fact(
                oid=None if oid is None else expect.oid(oid, here.at("oid")),
                column=None if column is None else expect.oid(column, here.at("column")),
                where=_where(plain["where"], here.at("where")) if "where" in plain else (),
                pattern=pattern,
            ),
        )


def _conversion(plain: Mapping[str, Any], place: Place) -> Conversion:
    unit = expect.text(plain["unit"], place.at("unit")) if "unit" in plain else None
    operands = dict(_operands(plain.get("with", {}), place.at("with")))
    if unit is not None and expect.is_known(unit, tuple(UNITS), place.at("unit")):
        for name in operands:
            expect.is_known(name, UNITS[unit].operands, place.at("with"))
        for name in UNITS[unit].needed:
            if name not in operands:
                place.at("with").wrong(f"{name}, which {unit} needs", operands)
    elif operands:
        place.at("with").wrong("no columns without a unit", operands)
    numbers, bits, constant = plain.get("map"), plain.get("bits"), plain.get("value")
    return Conversion(
        absent=expect.raw_values(plain.get("absent", []), place.at("absent")),
        numbers=None if numbers is None else dict(_numbers(numbers, place.at("map"))),
        bits=None if bits is None else dict(_bits(bits, place.at("bits"))),
        constant=None if constant is None else expect.number(constant, place.at("value")),
        unit=unit if unit in UNITS else None,
        operands=operands,
        scale=expect.number(plain.get("scale", 1), place.at("scale")),
    )


def _operands(data: Any, place: Place) -> Iterator[tuple[str, str]]:
    if not isinstance(data, dict):
        place.wrong("a mapping of names to columns", data)
        return
    for name, oid in data.items():
        yield str(name), expect.oid(oid, place.at(str(name)))


def _numbers(data: Any, place: Place) -> Iterator[tuple[int, float]]:
    if not isinstance(data, dict) or not data:
        place.wrong("a mapping of integers to numbers", data)
        return
    for key, value in data.items():
        if not isinstance(key, int):
            place.wrong("an integer", key)
        else:
            yield key, expect.number(value, place.at(key))


def _bits(data: Any, place: Place) -> Iterator[tuple[str, dict[int, str]]]:
    if not isinstance(data, dict) or len(data) != 1:
        place.wrong("one label and its words by bit", data)
        return
    for label, words in data.items():
        if not isinstance(words, dict) or not all(isinstance(bit, int) for bit in words):
            place.at(str(label)).wrong("words by bit number", words)
        else:
            yield str(label), {bit: str(word) for bit, word in words.items()}


def _metric(data: Any, place: Place, labels: set[str]) -> str:
    """Return the metric's name; its own labels must be exactly `labels`."""
    if not isinstance(data, str) or data not in CATALOGUE or not CATALOGUE[data].check:
        place.wrong("a metric of the catalogue that a check gives", data)
        return ""
    expected = CATALOGUE[data].sample_labels
    if set(expected) != labels:
        place.wrong(f"the labels {', '.join(expected) or 'none'}", ", ".join(sorted(labels)))
    return data


def _scalar(data: Any, place: Place) -> Scalar:
    plain = expect.mapping(data, place, ("metric", "oid", "labels", "slow", *_CONVERSION_KEYS))
    conversion = _conversion(plain, place)
    labels = {
        label: text
        for label, text in _labels(plain.get("labels", {}), place.at("labels")).items()
        if isinstance(text, str)
    }
    names = {*labels, *(conversion.bits or ())}
    return Scalar(
        _metric(plain.get("metric"), place.at("metric"), names),
        expect.oid(plain.get("oid"), place.at("oid")),
        conversion,
        labels,
        expect.flag(plain.get("slow", False), place.at("slow")),
    )


def _labels(data: Any, place: Place) -> dict[str, str | TextOf]:
    found: dict[str, str | TextOf] = {}
    if not isinstance(data, dict):
        place.wrong("a mapping of labels", data)
        return found
    for label, item in data.items():
        here = place.at(str(label))
        if isinstance(item, str):
            found[str(label)] = item
            continue
        plain = expect.mapping(item, here, ("column", "index"))
        pieces = plain.get("index")
        if pieces is not None and (not isinstance(pieces, int) or pieces < 1):
            here.at("index").wrong("a number of pieces", pieces)
            pieces = None
        found[str(label)] = TextOf(expect.oid(plain.get("column"), here.at("column")), pieces)
    return found


def _index(data: Any, place: Place) -> tuple[str, ...]:
    pieces = (data,) if isinstance(data, str) else expect.texts(data, place)
    if ENTITY_PORT in pieces and len(pieces) != 1:
        place.wrong(f"{ENTITY_PORT} alone", data)
    return pieces


def index_labels(index: tuple[str, ...]) -> set[str]:
    """Return the labels that an index gives by itself."""
    ports = {IF_INDEX, ENTITY_PORT}
    names = {piece for piece in index if piece != NO_LABEL and not piece.isdecimal()}
    return {"port" if name in ports else name for name in names}


def _table(data: Any, place: Place) -> Table:
    plain = expect.mapping(data, place, ("index", "where", "labels", "columns", "slow"))
    index = _index(plain.get("index", []), place.at("index"))
    labels = _labels(plain.get("labels", {}), place.at("labels"))
    slow = expect.flag(plain.get("slow", False), place.at("slow"))

    def column(item: Any, here: Place) -> Column:
        keys = ("metric", "column", "labels", "slow", *_CONVERSION_KEYS)
        one = expect.mapping(item, here, keys)
        conversion = _conversion(one, here)
        own = _labels(one.get("labels", {}), here.at("labels"))
        names = {*index_labels(index), *labels, *own, *(conversion.bits or ())}
        return Column(
            _metric(one.get("metric"), here.at("metric"), names),
            expect.oid(one.get("column"), here.at("column")),
            conversion,
            own,
            slow or expect.flag(one.get("slow", False), here.at("slow")),
        )

    return Table(
        index,
        _where(plain["where"], place.at("where")) if "where" in plain else (),
        labels,
        tuple(expect.each(plain.get("columns", []), place.at("columns"), column)),
    )
