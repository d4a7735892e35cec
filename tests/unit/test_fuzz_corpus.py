"""What the fuzzers start from, and what they once found, breaks nothing."""

from importlib import import_module
from pathlib import Path

import pytest

CORPUS = Path(__file__).parent.parent / "corpus"
INPUTS = sorted(path.relative_to(CORPUS) for path in CORPUS.glob("*/*"))


def test_every_target_has_a_corpus():
    targets = {path.stem for path in (CORPUS.parent.parent / "fuzz").glob("[a-z]*.py")}

    assert {path.parts[0] for path in INPUTS} == targets


@pytest.mark.parametrize("path", INPUTS, ids=str)
def test_input_breaks_nothing(path: Path):
    feed = import_module(f"fuzz.{path.parent}").feed

    feed((CORPUS / path).read_bytes())
