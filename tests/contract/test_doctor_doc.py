"""The pages about `govnet doctor` know its subjects, its sentences and its options."""

import re
from pathlib import Path

import pytest

from collector.cli import main
from collector.doctor.options import GrafanaOptions, PrometheusOptions
from collector.doctor.table import SUBJECTS

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
VIETNAMESE = (ROOT / "docs/kiem-tra-trung-tam.md").read_text(encoding="utf-8")
SOURCE = re.sub(
    r"\"\s*f?\"|\{[^{}\n]*\}",
    "",
    "".join(file.read_text(encoding="utf-8") for file in (ROOT / "collector/doctor").glob("*.py")),
)
"""The checks, with sentences that go over several lines joined, and without what is filled in."""


def test_every_subject_has_its_heading_on_both_pages():
    for page in (ENGLISH, VIETNAMESE):
        heads = re.findall(r"^### (.+)", page, re.MULTILINE)
        named = [name for head in heads for name in re.findall(r"`(\w+)`", head)]

        assert named == list(dict.fromkeys(named))
        assert set(named) == set(SUBJECTS)


def test_the_help_of_only_names_every_subject(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    words = capsys.readouterr().out.partition("several times for several:")[2].split()

    assert tuple(words[: len(SUBJECTS)]) == SUBJECTS


def test_every_sentence_that_is_explained_is_one_that_is_said():
    told = [
        sentence
        for row in re.findall(r"^\| («.+?) \|", VIETNAMESE, re.MULTILINE)
        for sentence in re.findall(r"«(.+?)»", row)
    ]

    assert len(told) > 40
    assert [sentence for sentence in told if sentence not in SOURCE] == []


def test_every_option_is_documented_with_its_default():
    table = ENGLISH.partition("| option of `[prometheus]` | default |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))
    defaults = {
        name: f'`"{value}"`' if (value := getattr(PrometheusOptions(), name)) else "none"
        for name in PrometheusOptions.__struct_fields__
    }

    assert rows == defaults
    assert set(rows) - set(GrafanaOptions.__struct_fields__) == {"job"}
