"""How `govnet outages` shows outages to people, in Vietnamese or English. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from collector.commands.arguments import table
from collector.verdict.outages.records import Belief, Case, Phase
from collector.verdict.verdicts import EvidenceNote
from collector.verdict.wording import CAUSE_WORDS, ZONE, Language, moment, sentence

_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "number": {"vi": "số", "en": "number"},
    "item": {"vi": "điểm, thiết bị", "en": "item"},
    "from": {"vi": "từ", "en": "from"},
    "to": {"vi": "đến", "en": "to"},
    "cause": {"vi": "nguyên nhân", "en": "cause"},
    "handled": {"vi": "xử lý", "en": "handled"},
    "lasts": {"vi": "đang tiếp diễn", "en": "lasts"},
    "confirmed": {"vi": "xác nhận", "en": "confirmed"},
    "times": {"vi": "{0} lần", "en": "{0} times"},
    "open": {"vi": "chưa ai tiếp nhận", "en": "nobody yet"},
    "outage": {"vi": "Sự cố {0}: {1}", "en": "Outage {0}: {1}"},
    "guess": {"vi": "Nguyên nhân theo hệ thống: {0}", "en": "Cause, by the system: {0}"},
    "said": {"vi": "Nguyên nhân do {1} xác nhận: {0}", "en": "Cause, confirmed by {1}: {0}"},
    "flapping": {"vi": "Chập chờn: mất {0} lần.", "en": "Flapping: it went down {0} times."},
    "withdrawn": {
        "vi": "Đã rút lại: bằng chứng đến sau cho thấy không có sự cố này.",
        "en": "Withdrawn: later evidence shows that there was no such outage.",
    },
    "merged": {
        "vi": "Đã nhập vào sự cố {0}: thực ra là một.",
        "en": "Part of outage {0}: they were one.",
    },
    "corrected": {
        "vi": "Đã sửa: nhận định công bố trước đây không đúng.",
        "en": "Corrected: what had been published was wrong.",
    },
    "found_late": {
        "vi": "Chỉ biết sau khi đã kết thúc, không gửi cảnh báo.",
        "en": "Found only when it was over: nobody was alarmed.",
    },
    "course": {"vi": "Diễn biến", "en": "Course"},
    "handling": {"vi": "Xử lý", "en": "Handling"},
    "acknowledged": {"vi": "Tiếp nhận: {0}, {1}", "en": "Acknowledged: {0}, {1}"},
    "assignee": {"vi": "Phụ trách: {0}", "en": "Assigned to: {0}"},
    "ticket": {"vi": "Phiếu: {0}", "en": "Ticket: {0}"},
    "note": {"vi": "Ghi chú: {0}", "en": "Note: {0}"},
    "beliefs": {"vi": "Nhận định qua từng thời điểm", "en": "What was believed, in turn"},
    "was_outage": {"vi": "từ {0}, {1}: {2}", "en": "from {0}, {1}: {2}"},
    "until": {"vi": "đến {0}", "en": "to {0}"},
    "was_none": {"vi": "không phải sự cố", "en": "no outage of its own"},
    "then": {"vi": ", rồi ", "en": ", then "},
    "nothing": {"vi": "không có sự cố nào", "en": "no outage"},
}


def as_table(cases: Sequence[Case], language: Language, zone: str = ZONE) -> str:
    """Return one line per outage under a line of titles."""
    titles = tuple(
        _word(name, language) for name in ("number", "item", "from", "to", "cause", "handled")
    )
    return table([titles, *(_line(case, language, zone) for case in cases)])


def nothing(language: Language) -> str:
    """Return what is said of an empty list."""
    return _word("nothing", language)


def as_text(case: Case, beliefs: Iterable[Belief], language: Language, zone: str = ZONE) -> str:
    """Return everything about one outage: its course, evidence, handling and former beliefs."""
    return "\n".join(_lines(case, beliefs, language, zone))


def _line(case: Case, language: Language, zone: str) -> tuple[str, ...]:
    outage = case.outage
    cause = CAUSE_WORDS[case.cause][language]
    if case.handling.cause:
        cause += f" ({_word('confirmed', language)})"
    if outage.count > 1:
        cause += f", {_word('times', language, str(outage.count))}"
    handling = case.handling
    handled = handling.assignee or handling.acknowledged_by or ""
    handled = " ".join(text for text in (handled, handling.ticket) if text)
    if not handled and outage.ended_at is None:
        handled = _word("open", language)
    return (
        str(outage.number),
        outage.item,
        moment(outage.started_at, zone),
        _end(outage.ended_at, language, zone),
        cause,
        handled,
    )


def _lines(case: Case, beliefs: Iterable[Belief], language: Language, zone: str) -> Iterator[str]:
    outage, handling = case.outage, case.handling
    yield _word("outage", language, str(outage.number), outage.item)
    yield f"{moment(outage.started_at, zone)} - {_end(outage.ended_at, language, zone)}"
    yield _word("guess", language, CAUSE_WORDS[outage.cause][language])
    if handling.cause:
        cause = CAUSE_WORDS[handling.cause][language]
        yield _word("said", language, cause, handling.cause_by or "")
    yield from _remarks(case, language)
    yield ""
    yield _word("course", language)
    for phase in outage.phases:
        yield from _phase(phase, language, zone)
    said = list(_handling(case, language, zone))
    if said:
        yield ""
        yield _word("handling", language)
        yield from said
    yield ""
    yield _word("beliefs", language)
    for belief in beliefs:
        yield from _belief(belief, language, zone)


def _remarks(case: Case, language: Language) -> Iterator[str]:
    if case.outage.count > 1:
        yield _word("flapping", language, str(case.outage.count))
    if case.merged_into is not None:
        yield _word("merged", language, str(case.merged_into))
    elif case.is_withdrawn:
        yield _word("withdrawn", language)
    elif case.is_corrected:
        yield _word("corrected", language)
    if case.is_found_late:
        yield _word("found_late", language)


def _phase(phase: Phase, language: Language, zone: str) -> Iterator[str]:
    cause = CAUSE_WORDS[phase.cause][language]
    yield f"  {moment(phase.start, zone)} - {_end(phase.end, language, zone)}  {cause}"
    yield from _evidence(phase.notes, language, zone)


def _handling(case: Case, language: Language, zone: str) -> Iterator[str]:
    said = case.handling
    if said.acknowledged_by is not None and said.acknowledged_at is not None:
        at = moment(said.acknowledged_at, zone)
        yield "  " + _word("acknowledged", language, said.acknowledged_by, at)
    for name in ("assignee", "ticket", "note"):
        if text := getattr(said, name):
            yield "  " + _word(name, language, text)


def _belief(belief: Belief, language: Language, zone: str) -> Iterator[str]:
    if belief.is_outage:
        until = _end(belief.ended_at, language, zone)
        if belief.ended_at is not None:
            until = _word("until", language, until)
        causes = _word("then", language).join(
            CAUSE_WORDS[cause][language].lower() for cause in belief.causes
        )
        what = _word("was_outage", language, moment(belief.started_at, zone), until, causes)
    else:
        what = _word("was_none", language)
    yield f"  {moment(belief.believed_at, zone)}  {what}"
    yield from _evidence(belief.because, language, zone)


def _evidence(notes: Iterable[EvidenceNote], language: Language, zone: str) -> Iterator[str]:
    for note in notes:
        try:
            text = sentence(note, language, zone)
        except (KeyError, IndexError):
            # Written by another version: better its code than nothing.
            text = " ".join(str(part) for part in (note.code, *note.args))
        yield f"      {text}"


def _end(at: float | None, language: Language, zone: str) -> str:
    return _word("lasts", language) if at is None else moment(at, zone)


def _word(name: str, language: Language, *args: str) -> str:
    return _WORDS[name][language].format(*args)
