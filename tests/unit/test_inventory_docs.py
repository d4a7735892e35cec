"""docs/inventory.md explains every field, and its examples are one inventory that loads."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from inventory import model
from inventory.files import DEFAULT_KINDS, TOP_KEYS
from inventory.load import load

PAGE = (Path(__file__).parents[2] / "docs" / "inventory.md").read_text(encoding="utf-8")
SECTIONS = {
    section.partition("\n")[0]: section for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)
}
RECORDS = sorted(
    name
    for name, record in vars(model).items()
    if isinstance(record, type) and issubclass(record, model.Record) and record is not model.Record
)
WORDS = [
    words
    for words in vars(model).values()
    if isinstance(words, type) and issubclass(words, StrEnum) and words is not StrEnum
]


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_is_explained_in_the_section_of_its_record(name: str) -> None:
    own = vars(model)[name].__annotations__
    rows = re.findall(r"^\| (`[^|]*) \|", SECTIONS[name], flags=re.MULTILINE)
    explained = set(re.findall(r"`([a-z_]+)`", " ".join(rows)))

    assert set(own) == explained


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_every_fixed_word_is_named(words: type[StrEnum]) -> None:
    assert [word for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("key", [*TOP_KEYS, *DEFAULT_KINDS])
def test_every_key_at_the_top_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE.partition("### How values")[0]


def test_examples_load_as_one_inventory(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks):
        name = "inventory.yaml" if number == 0 else f"part-{number:02}.yaml"
        (tmp_path / name).write_text(block, encoding="utf-8")

    inventory = load(tmp_path / "inventory.yaml")

    assert len(inventory.sites["ttdl"].machines) == 54
    assert [link.carrier for link in inventory.sites["hiep-thanh"].links] == ["vnpt", "viettel"]
