"""One tiny folder per mistake, with exactly what `govnet inventory check` says about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from govnet.errors import ConfigError
from inventory.load import load
from inventory.summary import summary

FOLDER = Path(__file__).parents[1] / "golden" / "inventory"
BAD = sorted(path.name for path in (FOLDER / "bad").iterdir())
GOOD = sorted(path.name for path in (FOLDER / "good").iterdir())
TOP = Path("inventory.yaml")


@pytest.mark.parametrize("mistake", BAD)
def test_mistake_is_reported_with_its_place(
    mistake: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = FOLDER / "bad" / mistake
    monkeypatch.chdir(folder)

    with pytest.raises(ConfigError) as caught:
        load(TOP)

    golden(folder / "expected.err", "".join(line + "\n" for line in caught.value.problems))


@pytest.mark.parametrize("example", GOOD)
def test_good_example_is_summarised(
    example: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = FOLDER / "good" / example
    monkeypatch.chdir(folder)

    lines = summary(load(TOP))

    golden(folder / "expected.out", "".join(line + "\n" for line in lines))
