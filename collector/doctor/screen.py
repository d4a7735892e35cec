"""How the findings are told: a screen in Vietnamese for people, JSON for programs. Pure."""

import json
from collections.abc import Iterator, Mapping

import msgspec

from collector.doctor.records import SHOWN_NAMES, Finding, Level
from collector.doctor.table import CHECKS

_WORDS = {Level.MUST: "THIẾU", Level.SHOULD: "nên", Level.GOOD: "tốt"}
_INDENT = 8

Findings = Mapping[str, tuple[Finding, ...]]


def count(findings: Findings, level: Level) -> int:
    """Return how many findings are of that level."""
    return sum(one.level is level for some in findings.values() for one in some)


def lines(findings: Findings, *, has_all: bool) -> Iterator[str]:
    """Yield the screen; with `has_all` every name, else the first ones."""
    for subject, heading, _ in CHECKS:
        if not findings.get(subject):
            continue
        yield heading
        for one in findings[subject]:
            yield f"  {_WORDS[one.level]:{_INDENT - 2}}{one.text}{_names(one, has_all=has_all)}"
            if has_all:
                yield from (f"{'':{_INDENT}}- {name}" for name in one.names)
            if one.do:
                yield f"{'':{_INDENT}}→ {one.do}"
        yield ""
    must, should = count(findings, Level.MUST), count(findings, Level.SHOULD)
    if must:
        yield f"Tóm lại: {must} việc phải làm, {should} việc nên làm."
    elif should:
        yield f"Tóm lại: không còn việc phải làm; {should} việc nên làm."
    else:
        yield "Tóm lại: không còn việc gì."


def _names(finding: Finding, *, has_all: bool) -> str:
    if not finding.names or has_all:
        return ""
    shown = ", ".join(finding.names[:SHOWN_NAMES])
    left = len(finding.names) - SHOWN_NAMES
    return f": {shown}" + (f" và {left} nữa (--all: kể hết)" if left > 0 else "")


def as_json(findings: Findings) -> str:
    """Return an object by subject; each finding with level, text, do and all its names."""
    plain = {
        subject: [msgspec.to_builtins(one) for one in some] for subject, some in findings.items()
    }
    return json.dumps(plain, ensure_ascii=False, indent=2)
