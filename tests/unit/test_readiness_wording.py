"""Every piece of evidence before a conference has its sentence, and every sentence its evidence."""

import re
from pathlib import Path

from collector.readiness import wording
from collector.readiness.records import AspectKind, Part, PointState, Standing

FOLDER = Path(wording.__file__).parent
CODES = {"planned_maintenance", "planned_power_cut", "platform_answer"} | {
    f"platform_{phase}" for phase in ("dns", "connect", "tls")
}
"""Codes that are put together."""


def test_every_code_has_a_sentence_and_every_sentence_a_code():
    text = "".join(
        path.read_text("utf-8") for path in FOLDER.glob("*.py") if path.name != "wording.py"
    )
    written = set(re.findall(r'"([a-z_]+)"', text)) | CODES

    assert set(wording._SENTENCES) <= written


def test_every_word_is_there_in_both_languages():
    for words, kinds in (
        (wording.STATE_WORDS, PointState),
        (wording.STANDING_WORDS, Standing),
        (wording.ASPECT_WORDS, AspectKind),
        (wording.PART_WORDS, Part),
    ):
        assert set(words) == set(kinds)
        assert all(set(one) == {"vi", "en"} for one in words.values())
    for one in wording._SENTENCES.values():
        placeholders = [set(re.findall(r"{(\d)", text)) for text in one.values()]
        assert placeholders[0] == placeholders[1]
