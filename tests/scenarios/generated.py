"""Provinces for scenarios that nobody types: large ones by rule, small ones as a part of another.

`tinh-92` has a centre and 92 communes.

Two in three communes hang on VNPT, the others on Viettel; four neighbours share a power area.
Every commune has a router, one PC with an agent and a conference point.
"""

import atexit
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

import yaml

PREFIX = "tinh-"
PER_AREA = 4
_ONE_SITE = re.compile(r"  - \{id: (xa-[a-z0-9-]+), name:")
_FILES: dict[str, Path] = {}
_HOURS = [{"start": "07:30", "end": "11:30"}, {"start": "13:30", "end": "17:00"}]


@cache
def _folder() -> Path:
    """Return a folder that goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="govnet-province-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def file_of(name: str) -> Path | None:
    """Return the inventory file of a province of that name, None if the name says no number."""
    communes = communes_of(name)
    if not communes:
        return None
    if name not in _FILES:
        _FILES[name] = _folder() / f"{name}.yaml"
        text = yaml.safe_dump(province(communes), allow_unicode=True)
        _FILES[name].write_text(text, "utf-8")
    return _FILES[name]


def communes_of(name: str) -> int:
    """Return how many communes a province of that name has, 0 if it is not made."""
    number = name.removeprefix(PREFIX)
    return int(number) if name.startswith(PREFIX) and number.isdigit() else 0


def members(name: str, communes: int) -> list[str]:
    """Return the sites of a group like `@vnpt`, `@dien-3`, `@1-32`; any other name is a site's."""
    if not name.startswith("@"):
        return [name]
    first, _, last = name[1:].partition("-")
    found = [
        number
        for number in range(1, communes + 1)
        if name[1:] in {carrier_of(number), area_of(number)}
        or (first.isdigit() and int(first) <= number <= int(last))
    ]
    assert found, f"{name}: no such group in a province of {communes} communes"
    return [f"xa-{number:02d}" for number in found]


def only(file: Path, sites: tuple[str, ...]) -> Path:
    """Return an inventory with the centre and these sites of another one.

    Its text is kept as it is, but for the other sites, which stand on a line of their own each.
    """
    key = f"{file}:{','.join(sites)}"
    if key not in _FILES:
        head, mark, listed = file.read_text("utf-8").partition("\nsites:\n")
        lines = [(line, _ONE_SITE.match(line)) for line in listed.splitlines()]
        missing = set(sites) - {found[1] for _, found in lines if found}
        assert not missing, f"{file}: no such site: {missing}"
        kept = [line for line, found in lines if found is None or found[1] in sites]
        _FILES[key] = _folder() / f"{file.stem}-{len(_FILES)}.yaml"
        _FILES[key].write_text(head + mark + "\n".join(kept) + "\n", "utf-8")
    return _FILES[key]


def carrier_of(number: int) -> str:
    """Return the carrier of a commune."""
    return "viettel" if number % 3 == 0 else "vnpt"


def area_of(number: int) -> str:
    """Return the power area of a commune."""
    return f"dien-{(number + PER_AREA - 1) // PER_AREA}"


def province(communes: int) -> dict[str, object]:
    """Return the inventory as plain data; communes are numbered from 1."""
    numbers = range(1, communes + 1)
    return {
        "province": {
            "id": "lam-dong",
            "code": "68",
            "name": "Tỉnh Lâm Đồng",
            "operator": "Trung tâm Chuyển đổi số",
            "centre": "ttdl",
        },
        "report_interval_seconds": 60,
        "carriers": [{"id": "vnpt", "name": "VNPT"}, {"id": "viettel", "name": "Viettel"}],
        "power_areas": [
            {"id": area, "name": f"Điện lực {area}"}
            for area in dict.fromkeys(map(area_of, numbers))
        ],
        "calendars": [
            {"id": "office", "sessions": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _HOURS)}
        ],
        "profiles": {
            "machines": [
                {"id": "pc", "name": "Máy tính làm việc", "role": "pc"},
                {"id": "may-chu", "name": "Máy chủ", "role": "server"},
            ]
        },
        "units": [
            {"id": "lam-dong", "name": "Tỉnh Lâm Đồng", "kind": "province"},
            *(
                {"id": f"xa-{n:02d}", "name": f"Xã {n}", "kind": "commune", "parent": "lam-dong"}
                for n in numbers
            ),
        ],
        "sites": [_centre(), *(_commune(number) for number in numbers)],
    }


def _centre() -> dict[str, object]:
    return {
        "id": "ttdl",
        "name": "Trung tâm dữ liệu tỉnh",
        "kind": "data_centre",
        "unit": "lam-dong",
        "networks": ["198.18.0.0/24"],
        "machines": [{"id": "giam-sat", "profile": "may-chu", "address": "+5", "vantage": True}],
    }


def _commune(number: int) -> dict[str, object]:
    far = {"site": "ttdl", "address": "198.19.0.1"}
    link = {
        "id": "tslcd",
        "technology": "fiber",
        "carrier": carrier_of(number),
        "gateway": "+1",
        "far_end": far,
    }
    return {
        "id": f"xa-{number:02d}",
        "name": f"Trụ sở xã {number}",
        "kind": "commune",
        "unit": f"xa-{number:02d}",
        "calendar": "office",
        "power_area": area_of(number),
        "networks": [f"198.18.{number}.0/24"],
        "links": [link],
        "devices": [{"id": "cpe", "kind": "cpe", "address": "+1", "always_on": True}],
        "machines": [{"id": "pc-1", "profile": "pc", "address": "+11", "vantage": True}],
        "conference_points": [
            {"id": "vc", "kind": "codec", "address": "+10", "protocols": ["sip_udp"]}
        ],
    }
