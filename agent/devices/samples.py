"""What a device's answers mean by its profile: samples, and texts about the device itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.devices import units
from agent.devices.entities import entity_ports
from agent.devices.ports import port_names, sorted_indexes, unique
from agent.devices.profile import (
    ENTITY_PORT,
    IF_INDEX,
    NO_LABEL,
    Conversion,
    Fact,
    Profile,
    Table,
    TextOf,
    Where,
)
from agent.devices.question import Subject
from agent.devices.readers import READERS
from agent.devices.values import MAX_LABEL_CHARACTERS, Answers, number, text, whole_text
from agent.probe.snmp import Value
from govnet.catalogue import CATALOGUE
from govnet.report import Sample

_DESCRIPTION = "description"


def once_each(given: Iterable[Sample]) -> Iterator[Sample]:
    """Yield every series once: what comes first."""
    seen = set[tuple[str, tuple[str, ...]]]()
    for sample in given:
        series = (sample.name, tuple((sample.labels or {}).values()))
        if series not in seen:
            seen.add(series)
            yield sample


def of_readers(names: Iterable[str], answers: Answers, subject: Subject) -> Iterator[Sample]:
    """Yield what the named readers make of the answers."""
    for name in names:
        yield from READERS[name].read(answers, subject)


def info(profile: Profile, answers: Answers, description: str) -> dict[str, str]:
    """Return the texts about the device by label (model, firmware, serial); "" where unknown."""
    return {
        label: next(filter(None, (_fact(each, answers, description) for each in facts)), "")
        for label, facts in profile.info.items()
    }


def of_data(profile: Profile, answers: Answers, subject: Subject) -> Iterator[Sample]:
    """Yield what the profile's scalars and tables say, the same series perhaps several times."""
    for scalar in profile.scalars:
        row = {
            name: answers.scalars[oid]
            for name, oid in scalar.conversion.operands.items()
            if oid in answers.scalars
        }
        value = answers.scalars.get(scalar.oid)
        for found, bits in _values(value, scalar.conversion, row, subject):
            yield _sample(scalar.metric, found, {**scalar.labels, **bits})
    for table in profile.tables:
        yield from _table(table, answers, subject)


def _sample(metric: str, value: float, labels: Mapping[str, str]) -> Sample:
    ordered = {label: labels[label] for label in CATALOGUE[metric].sample_labels}
    return Sample(metric, value, ordered or None)


def _values(
    value: Value | None, how: Conversion, row: Mapping[str, Value], subject: Subject
) -> Iterator[tuple[float, dict[str, str]]]:
    """Yield what a raw value becomes, with the labels that its bits give; nothing if absent."""
    if value is None or _plain(value) in how.absent:
        return
    if how.bits is not None:
        if isinstance(value, bytes):
            for label, words in how.bits.items():
                for bit, word in words.items():
                    yield float(_bit(value, bit)), {label: word}
        return
    found: float | None
    if how.constant is not None:
        found = how.constant if _plain(value) != "" else None
    elif how.numbers is not None:
        found = how.numbers.get(value) if isinstance(value, int) else None
    elif how.unit is not None:
        described = {**row, _DESCRIPTION: subject.description.encode()}
        found = units.convert(how.unit, value, described)
    else:
        found = number(value)
    if found is not None:
        yield units.scaled(found, how.scale), {}


def _plain(value: Value) -> int | str:
    """Return a raw value as profiles write it: octets as text."""
    return text(value) if isinstance(value, bytes) else value


def _bit(octets: bytes, bit: int) -> bool:
    place, offset = divmod(bit, 8)
    return place < len(octets) and bool(octets[place] & 0x80 >> offset)


def _fact(fact: Fact, answers: Answers, description: str) -> str:
    if fact.column is not None:
        rows = answers.column(fact.column)
        candidates = [
            whole_text(rows[index])
            for index in sorted_indexes(rows)
            if _kept(fact.where, index, answers)
        ]
    elif fact.oid is not None:
        candidates = [whole_text(answers.scalars.get(fact.oid))]
    else:
        candidates = [description]
    for candidate in candidates:
        found: str = candidate
        if fact.pattern is not None:
            match = fact.pattern.search(candidate)
            found = match[1] or "" if match else ""
        if cleaned := text(found.encode()):
            return cleaned
    return ""


def _kept(where: tuple[Where, ...], index: str, answers: Answers) -> bool:
    for condition in where:
        value = answers.column(condition.column).get(index)
        if value is None or _plain(value) not in condition.equals:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Row:
    index: str
    labels: Mapping[str, str]


def _table(table: Table, answers: Answers, subject: Subject) -> Iterator[Sample]:
    for column in table.columns:
        rows = answers.column(column.column)
        if not rows:
            continue
        labels = {**table.labels, **column.labels}
        kept = [index for index in sorted_indexes(rows) if _kept(table.where, index, answers)]
        for row in _labelled(table.index, labels, kept, answers):
            operands = {
                name: answers.column(oid)[row.index]
                for name, oid in column.conversion.operands.items()
                if row.index in answers.column(oid)
            }
            for value, bits in _values(rows[row.index], column.conversion, operands, subject):
                yield _sample(column.metric, value, {**row.labels, **bits})


def _labelled(
    index_words: tuple[str, ...],
    labels: Mapping[str, str | TextOf],
    indexes: list[str],
    answers: Answers,
) -> Iterator[_Row]:
    """Yield the rows that have all labels; rows that would be told apart by nothing are numbered.

    The number goes behind the text that was read of another column; without one the first stays.
    """
    names = port_names(answers)
    entities = entity_ports(answers, names) if ENTITY_PORT in index_words else {}
    read = [name for name, label in labels.items() if isinstance(label, TextOf)]
    found: list[_Row] = []
    for index in indexes:
        own = _of_index(index_words, index, names, entities)
        if own is not None:
            for name, label in labels.items():
                own[name] = (
                    label.replace("{index}", index)[:MAX_LABEL_CHARACTERS]
                    if isinstance(label, str)
                    else _text_of(label, index, answers)
                )
            found.append(_Row(index, own))
    times: dict[tuple[str, ...], int] = {}
    for row in found:
        key = tuple(row.labels.values())
        times[key] = times.get(key, 0) + 1
    for row in found:
        if read and (times[tuple(row.labels.values())] > 1 or not row.labels[read[-1]]):
            yield _Row(row.index, {**row.labels, read[-1]: unique(row.labels[read[-1]], row.index)})
        else:
            yield row


def _of_index(
    words: tuple[str, ...], index: str, names: Mapping[str, str], entities: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the labels that a row's index gives, None for a row that is not meant."""
    found: dict[str, str] = {}
    pieces = index.split(".", len(words) - 1) if words else []
    if len(pieces) != len(words):
        return None
    for word, piece in zip(words, pieces, strict=True):
        if word.isdecimal():
            if piece != word:
                return None
        elif word in (IF_INDEX, ENTITY_PORT):
            port = (names if word == IF_INDEX else entities).get(piece)
            if port is None:
                return None
            found["port"] = port
        elif word != NO_LABEL:
            found[word] = piece[:MAX_LABEL_CHARACTERS]
    return found


def _text_of(label: TextOf, index: str, answers: Answers) -> str:
    if label.index_pieces is not None:
        index = ".".join(index.split(".")[: label.index_pieces])
    return text(answers.column(label.column).get(index))
