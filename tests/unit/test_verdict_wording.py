"""Verdicts in Vietnamese and English."""

import re
from pathlib import Path

import pytest

from collector.verdict import judge
from collector.verdict.verdicts import EvidenceNote
from collector.verdict.wording import (
    CAUSE_WORDS,
    CONDITION_WORDS,
    STATUS_WORDS,
    Language,
    moment,
    sentence,
)
from govnet.catalogue import CAUSES, CONDITIONS, STATUSES

AT = 1_790_000_000.0
NOTES = (
    EvidenceNote("agents_heard", (3, AT)),
    EvidenceNote("agents_silent", (AT,)),
    EvidenceNote("agents_never_heard"),
    EvidenceNote("target_answers", ("xa-a/cpe", AT)),
    EvidenceNote("target_silent", (2, AT)),
    EvidenceNote("point_answers", ("xa-a/diem-cau", AT)),
    EvidenceNote("watched_since", (AT,)),
    EvidenceNote("centre_last_looked", (AT,)),
    EvidenceNote("centre_cannot_look"),
    EvidenceNote("server_silent", ("xa-a/may-chu", AT)),
    EvidenceNote("many_at_once", (150, 206)),
    EvidenceNote("centre_agent_silent", (AT,)),
    EvidenceNote("exempt", ("trụ sở mật",)),
)


def test_times_are_local_and_written_the_vietnamese_way() -> None:
    assert moment(AT) == "21/09/2026 21:13"
    assert moment(AT, "UTC") == "21/09/2026 14:13"


def test_a_note_becomes_a_sentence() -> None:
    note = EvidenceNote("agents_silent", (AT,))

    assert sentence(note, "vi") == "Không máy nào gửi báo cáo từ 21/09/2026 21:13."
    assert sentence(note, "en") == "No machine has reported since 21/09/2026 21:13."


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.code)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_note_can_be_worded(note: EvidenceNote, language: Language) -> None:
    words = sentence(note, language)

    assert words.endswith(".")
    assert "{" not in words
    assert "1790000000" not in words


def test_every_note_that_the_judge_makes_is_tested_here() -> None:
    source = Path(judge.__file__).read_text(encoding="utf-8")

    made = set(re.findall(r'EvidenceNote\("(\w+)"', source))
    assert made == {note.code for note in NOTES}


def test_every_status_cause_and_condition_has_words() -> None:
    assert tuple(STATUS_WORDS) == STATUSES
    assert tuple(CAUSE_WORDS) == CAUSES
    assert tuple(CONDITION_WORDS) == CONDITIONS
