"""The first inventory of a province: whole, readable, right at once, and never over anything."""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from collector.cli import main
from collector.config import load_config
from govnet.errors import ConfigError
from inventory.coverage.separable import is_blind
from inventory.load import load
from inventory.model import Inventory, Lifecycle, Unit, UnitKind
from inventory.starting.files import TEMPLATES, starting_files
from inventory.starting.province import find_province
from inventory.units.official import load_official
from inventory.units.records import OfficialUnit

OFFICIAL = load_official()
PROVINCES = [
    one
    for one in OFFICIAL.units.values()
    if one.is_current and one.newest.kind is UnitKind.PROVINCE
]
TODAY = date(2026, 11, 29)
GOLDEN = Path(__file__).parents[1] / "golden" / "starting"
COMMUNES = {UnitKind.COMMUNE, UnitKind.WARD, UnitKind.SPECIAL_ZONE}


def written(folder: Path, province: OfficialUnit) -> Inventory:
    for name, content in starting_files(OFFICIAL, province, "may-chu", TODAY).files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return load(folder / "inventory.yaml")


@pytest.fixture(scope="module")
def thai_nguyen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Inventory]:
    """Return the folder and the inventory of the province of Bằng Thành."""
    folder = tmp_path_factory.mktemp("thai-nguyen")
    return folder, written(folder, find_province(OFFICIAL, "19"))


def current(inventory: Inventory) -> Iterator[Unit]:
    return (
        one
        for one in inventory.units.values()
        if one.kind in COMMUNES and one.lifecycle is Lifecycle.ACTIVE
    )


@pytest.mark.parametrize("province", PROVINCES, ids=lambda one: one.newest.code)
def test_every_province_starts_with_a_good_inventory_of_its_official_units(
    province: OfficialUnit, tmp_path: Path
) -> None:
    inventory = written(tmp_path, province)
    official = {
        one.id: one
        for one in OFFICIAL.units.values()
        if one.is_current and one.newest.parent == province.id
    }

    assert not inventory.not_included
    assert official.keys() == {one.id for one in current(inventory)}
    for unit in current(inventory):
        assert official[unit.id].newest.name == unit.name
        assert official[unit.id].newest.code == unit.code
        assert official[unit.id].latitude == unit.latitude
        origins = OFFICIAL.origins.get(unit.id, ())
        assert {(one.old, one.kind, one.partial) for one in origins} == {
            (one.unit, one.kind, one.partial) for one in unit.lineage
        }
        for origin in unit.lineage:
            former = inventory.units[origin.unit]
            assert former.lifecycle is Lifecycle.RETIRED
            assert former.name == OFFICIAL.units[former.id].newest.name
        assert [one.name for one in official[unit.id].versions[:-1]] == [
            one.name for one in unit.versions
        ]


def test_there_are_34_provinces_and_3321_communes() -> None:
    communes = [starting_files(OFFICIAL, one, "m", TODAY).communes for one in PROVINCES]

    assert len(communes) == 34
    assert sum(communes) == 3321


def test_the_merger_of_bang_thanh_is_written_with_its_history(
    thai_nguyen: tuple[Path, Inventory],
) -> None:
    _, inventory = thai_nguyen
    unit = inventory.units["bang-thanh-01864"]
    former = [inventory.units[one.unit] for one in unit.lineage]

    assert ("Xã Bằng Thành", "01864", date(2025, 7, 1)) == (unit.name, unit.code, unit.valid_from)
    assert ["Xã Bằng Thành", "Xã Nhạn Môn", "Xã Bộc Bố", "Xã Giáo Hiệu"] == [
        one.name for one in former
    ]
    assert {"Huyện Pác Nặm"} == {inventory.units[one.parent or ""].name for one in former}
    district = inventory.units[former[0].parent or ""]
    assert inventory.units[district.parent or ""].name == "Tỉnh Bắc Kạn"


def test_a_person_finds_units_under_the_names_of_before(
    thai_nguyen: tuple[Path, Inventory], golden: Callable[[Path, str], None]
) -> None:
    text = (thai_nguyen[0] / "province" / "units.yaml").read_text(encoding="utf-8")
    begin = text.index("  # Huyện Pác Nặm")

    golden(GOLDEN / "units.yaml", text[begin : text.index("  # Huyện Ba Bể")])


@pytest.mark.parametrize("name", ["README.md", "inventory.yaml", "province/sites.yaml"])
def test_files_are_written_as_a_person_reads_them(
    name: str, thai_nguyen: tuple[Path, Inventory], golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / Path(name).name, (thai_nguyen[0] / name).read_text(encoding="utf-8"))


def test_what_is_a_placeholder_can_be_recognised(thai_nguyen: tuple[Path, Inventory]) -> None:
    _, inventory = thai_nguyen
    centre = inventory.sites[inventory.province.centre]

    assert "SỬA" in inventory.province.operator
    assert "SỬA" in (centre.note or "")
    assert ("198.18.0.0/24",) == centre.networks


def test_the_machine_of_the_centre_is_known_by_its_host_name(
    thai_nguyen: tuple[Path, Inventory],
) -> None:
    (machine,) = thai_nguyen[1].sites["ttdl"].machines

    assert ("may-chu", True) == (machine.name, machine.vantage)


@pytest.mark.parametrize("profile", ["commune-office", "commune-office-software", "commune-annex"])
def test_a_row_with_nothing_but_carrier_and_router_makes_a_site_that_is_seen(
    profile: str, tmp_path: Path
) -> None:
    written(tmp_path, find_province(OFFICIAL, "19"))
    row = (
        f"  - {{id: a, unit: bang-thanh-01864, name: Trụ sở, profile: {profile}, carrier: vnpt,\n"
        "     devices: [{id: cpe, kind: cpe, address: 198.18.7.1, always_on: true}]}\n"
    )
    sites = tmp_path / "province" / "sites.yaml"
    sites.write_text(sites.read_text(encoding="utf-8") + row, encoding="utf-8")
    site = load(tmp_path / "inventory.yaml").sites["a"]

    assert not is_blind(site)
    assert [0] == [one.count for one in site.machine_counts]


def test_the_examples_of_sites_and_profiles_are_a_good_inventory(tmp_path: Path) -> None:
    """Examples in comments are what the first person copies."""
    written(tmp_path, find_province(OFFICIAL, "19"))
    profiles = tmp_path / "province" / "profiles.yaml"
    text = profiles.read_text(encoding="utf-8")
    profiles.write_text(
        re.sub("^      # (devices:|machines:|  - )", r"      \1", text, flags=re.MULTILINE),
        encoding="utf-8",
    )
    sites = tmp_path / "province" / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    example = re.findall("^#(   (?:- |  ).*)$", text.partition("sites:\n")[0], re.MULTILINE)
    centre = re.sub("^    # (devices:|  - )", r"    \1", text, flags=re.MULTILINE)
    by_hand = "\n".join(line[1:] for line in example)
    by_hand = by_hand.replace("<id của đơn vị trong units.yaml>", "bang-thanh-01864")
    sites.write_text(f"{centre}{by_hand}\n", encoding="utf-8")
    inventory = load(tmp_path / "inventory.yaml")

    assert ["tru-so-mau/sw1", "tru-so-mau/ups", "tru-so-mau/cpe"] == [
        one.id for one in inventory.sites["tru-so-mau"].devices
    ]
    assert "198.18.0.1" == inventory.sites["ttdl"].devices[0].address


def test_the_examples_of_agencies_services_and_groups_are_a_good_inventory(
    tmp_path: Path,
) -> None:
    written(tmp_path, find_province(OFFICIAL, "19"))
    for name in ("agencies", "services", "groups", "conferences"):
        path = tmp_path / "province" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8").replace(": []\n", ":\n")
        path.write_text(text.replace("\n  # - {", "\n  - {"), encoding="utf-8")
    inventory = load(tmp_path / "inventory.yaml")

    assert len([one for one in inventory.units.values() if one.kind is UnitKind.AGENCY]) == 15
    assert len(inventory.services) == 7
    assert len(inventory.clusters) == len(inventory.power_areas) == len(inventory.conferences) == 1


def test_the_options_of_the_collector_are_read_also_those_in_comments(
    thai_nguyen: tuple[Path, Inventory], tmp_path: Path
) -> None:
    folder, _ = thai_nguyen
    assert load_config(folder / "collector.toml").listen == "0.0.0.0:8470"
    text = (folder / "collector.toml").read_text(encoding="utf-8")
    options = [
        line.removeprefix("# ")
        for line in text.splitlines()
        if line.startswith(("# [", "# file = ", "# url = ", "# name = ")) or " = " in line[:24]
    ]
    every = "\n".join(options)
    tomllib.loads(every)
    (tmp_path / "collector.toml").write_text(every, encoding="utf-8")

    config = load_config(tmp_path / "collector.toml")
    assert config.alerts.digest_at == "07:00"
    assert "prometheus" == config.remote_write[0].name


# --- The command --------------------------------------------------------------------------------


def test_init_writes_an_inventory_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tinh"

    assert main(["init", "--province", "lang son", "--centre-machine", "m", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "Tỉnh Lạng Sơn (20): 65 xã, phường, đặc khu" in told
    assert "govnet inventory template sites.xlsx" in told
    assert set(TEMPLATES) == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert main(["inventory", "check", str(folder / "inventory.yaml")]) == 0


def test_init_refuses_a_folder_with_anything_in_it_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inventory.yaml").write_text("mine", encoding="utf-8")

    assert main(["init", "--province", "20", str(tmp_path)]) == 2
    assert "got 1 entries: inventory.yaml (nothing was written)" in capsys.readouterr().err
    assert ["inventory.yaml"] == [path.name for path in tmp_path.iterdir()]
    assert main(["init", "--province", "20", str(tmp_path / "inventory.yaml")]) == 2
    assert (tmp_path / "inventory.yaml").read_text(encoding="utf-8") == "mine"


def test_init_takes_a_folder_that_is_a_new_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    assert main(["init", "--province", "20", str(tmp_path)]) == 0


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert main(["init", "--province", "20", str(tmp_path / "file" / "deeper")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("19", "Tỉnh Thái Nguyên"),
        ("thai nguyen", "Tỉnh Thái Nguyên"),
        (" Tỉnh  THÁI NGUYÊN ", "Tỉnh Thái Nguyên"),
        ("Thanh Hoá", "Tỉnh Thanh Hóa"),
        ("TP. Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("tp hue", "Thành phố Huế"),
    ],
)
def test_a_province_is_known_by_code_or_name(wanted: str, name: str) -> None:
    assert name == find_province(OFFICIAL, wanted).newest.name


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("bac kan", "Tỉnh Bắc Kạn is now in 19 Tỉnh Thái Nguyên"),
        ("06", "Tỉnh Bắc Kạn is now in 19 Tỉnh Thái Nguyên"),
        ("lam dog", "did you mean 68 Tỉnh Lâm Đồng?"),
        ("bac can", "did you mean Tỉnh Bắc Kạn, which is now in 19 Tỉnh Thái Nguyên?"),
        ("Atlantis", "01 Thành phố Hà Nội"),
        ("", "01 Thành phố Hà Nội"),
    ],
)
def test_what_is_no_province_of_today_is_answered_with_those_that_are(
    wanted: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        find_province(OFFICIAL, wanted)

    assert told in caught.value.problems[0]


@pytest.mark.parametrize(
    "more", [["--centre-machine", "a\x1b[31m"], ["--centre-machine", "\udcff"], ["x" * 300]]
)
def test_init_tells_of_names_that_are_none_and_writes_nothing(tmp_path: Path, more: list[str]):
    folder = [] if len(more) == 1 else [str(tmp_path / "tinh")]
    more = [str(tmp_path / more[0])] if len(more) == 1 else more

    assert main(["init", "--province", "20", *more, *folder]) == 2
    assert not list(tmp_path.iterdir())
