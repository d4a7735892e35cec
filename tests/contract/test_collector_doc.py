import re
from pathlib import Path

from collector.config import Config

DOCUMENT = (Path(__file__).parents[2] / "docs" / "collector.md").read_text(encoding="utf-8")


def test_every_option_is_documented_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", DOCUMENT, re.MULTILINE))
    written = {name: default.strip("`") for name, default in rows.items()}
    defaults = {name: getattr(Config(), name) for name in Config.__struct_fields__}

    assert written == {name: _as_toml(value) for name, value in defaults.items()}


def _as_toml(value: object) -> str:
    match value:
        case None:
            return "none"
        case str():
            return f'"{value}"'
        case tuple():
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        case _:
            return str(value)
