"""What the package vietnamadminunits says, by its own keys: read from its wheel or its folder.

Nothing is decided here; `inventory.units.drafts` makes units of it.
"""

import json
import sqlite3
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

DATABASE: Final = "vietnamadminunits/data/dataset.db"
CONVERTER: Final = "vietnamadminunits/data/converter_2025.json"

Row = Mapping[str, Any]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What the package says: rows of today and of before, and by key what came from what.

    `whole` and `parts` have the key of a commune of today with the keys of those it came from.
    """

    today: dict[str, Row]
    before: dict[str, Row]
    provinces: dict[str, tuple[str, ...]]
    whole: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[str, ...]]


def read_source(path: Path) -> Source:
    """Return what a wheel or the folder it was unpacked to holds."""
    if path.is_dir():
        database, converter = (path / DATABASE).read_bytes(), (path / CONVERTER).read_bytes()
    else:
        with zipfile.ZipFile(path) as wheel:
            database, converter = wheel.read(DATABASE), wheel.read(CONVERTER)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(database)
        connection.row_factory = sqlite3.Row
        today = [dict(row) for row in connection.execute("SELECT * FROM admin_units")]
        before = [dict(row) for row in connection.execute("SELECT * FROM admin_units_legacy")]
    joins = json.loads(converter)
    parts = defaultdict(list)
    for province, divided in joins["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, pieces in divided.items():
            for piece in pieces:
                parts[f"{province}_{piece['newWardKey']}"].append(old)
    return Source(
        today={f"{row['provinceKey']}_{row['wardKey']}": row for row in today},
        before={
            # An island district without communes has a row of its own.
            f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}": row
            for row in before
        },
        provinces={key: tuple(old) for key, old in joins["DICT_PROVINCE"].items()},
        whole={
            f"{province}_{new}": tuple(old)
            for province, wards in joins["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
            for new, old in wards.items()
        },
        parts={new: tuple(old) for new, old in parts.items()},
    )


def unjoined(source: Source) -> list[str]:
    """Return one line for each thing of the source that cannot be joined to the rest."""
    old = [key for keys in (*source.whole.values(), *source.parts.values()) for key in keys]
    wholly = [key for keys in source.whole.values() for key in keys]
    new = source.whole.keys() | source.parts.keys()
    checks = {
        "former commune that is unknown": set(old) - source.before.keys(),
        "former commune that went nowhere": source.before.keys() - set(old),
        "former commune that went wholly to several": {
            key for key, times in Counter(wholly).items() if times > 1
        },
        "commune that is unknown": new - source.today.keys(),
        "commune that came from nowhere": source.today.keys() - new,
    }
    return [f"{what}: {key}" for what, keys in checks.items() for key in sorted(keys)]
