"""Loading an inventory with every PC written out, beside PyYAML's C loader on the same bytes."""

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.figures import Comparison, Figure, middle
from bench.isolated import isolated
from inventory.load import load
from inventory.model import Inventory

SHIPPED = Path("inventory.yaml")
GOAL_SECONDS = 2.0


class _Plain(yaml.CSafeLoader):
    """Reads `on` and `no` as text, as our own loader does: they are keys here."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool"]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Load in a fresh process each time, as a command does; both in turn."""
    shipped = load(SHIPPED)
    with tempfile.TemporaryDirectory() as name:
        top = write_out(shipped, Path(name), most=2 if quick else None)
        written = load(top)
        files = tuple(path for path in Path(name).rglob("*.yaml"))
        ours, theirs, short = [], [], []
        for _ in range(rounds):
            ours.append(isolated(load_seconds, top))
            theirs.append(isolated(parse_seconds, files))
            short.append(isolated(load_seconds, SHIPPED))
        size = sum(path.stat().st_size for path in files)
    machines = sum(len(site.machines) for site in written.sites.values())
    return [
        Comparison(
            "Inventory",
            "PyYAML CSafeLoader",
            (
                Figure("PCs written out", "s", middle(ours), middle(theirs), most=GOAL_SECONDS),
                Figure("as shipped, PCs as counts", "s", middle(short), most=GOAL_SECONDS),
            ),
            (
                f"{rounds} rounds, each in a fresh process after its imports; wall clock.",
                (
                    f"{machines:,} machines one by one on {len(written.sites)} sites of "
                    f"{len(written.units)} units, {size / 1e6:.1f} MB in {len(files)} files."
                ),
                (
                    "The peer only turns the bytes into dicts: no places of errors, profiles, "
                    "types, references or rules."
                ),
            ),
        )
    ]


def load_seconds(top: Path) -> float:
    """Return the wall clock seconds of one load."""
    started = time.perf_counter()
    load(top)
    return time.perf_counter() - started


def parse_seconds(files: tuple[Path, ...]) -> float:
    """Return the wall clock seconds of parsing the files without looking at them."""
    started = time.perf_counter()
    for path in files:
        with path.open("rb") as stream:
            yaml.load(stream, Loader=yaml.CSafeLoader)
    return time.perf_counter() - started


def write_out(shipped: Inventory, folder: Path, most: int | None = None) -> Path:
    """Write the shipped inventory with every counted machine as one of its own; return its top.

    Files without sites are copied as they are. `most` bounds the machines written out per site.
    """
    base = SHIPPED.parent
    top = yaml.safe_load(SHIPPED.read_bytes())
    for name in ("inventory.yaml", *top["include"]):
        source, target = base / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        plain = yaml.load(source.read_bytes(), Loader=_Plain)  # noqa: S506 - it is a safe one
        if not _without_counts(plain, shipped, most):
            target.write_bytes(source.read_bytes())
            continue
        text = yaml.dump(
            plain, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=200
        )
        target.write_text(text, encoding="utf-8")
    return folder / SHIPPED.name


def _without_counts(plain: dict[str, Any], shipped: Inventory, most: int | None) -> bool:
    """Replace counts by machines in one decoded file; return whether anything changed."""
    changed = False
    for profile in plain.get("profiles", {}).get("sites", ()):
        changed |= profile.pop("machine_counts", None) is not None
    for site in plain.get("sites", ()):
        site.pop("pcs", None)
        site.pop("machine_counts", None)
        machines = list(_machines(shipped, site["id"]))[:most]
        if machines:
            site["machines"] = [*site.get("machines", ()), *machines]
        changed = True
    return changed


def _machines(shipped: Inventory, site: str) -> Iterator[dict[str, str]]:
    """Yield a record with what an office knows of a PC for each counted one."""
    for counted in shipped.sites[site].machine_counts:
        for number in range(1, counted.count + 1):
            name = f"{counted.profile}-{number:03d}"
            yield {
                "id": name,
                "profile": counted.profile,
                "name": f"Máy {number}",
                "mac": _mac(f"{site}/{name}"),
                "serial": f"SN-{site}-{name}".upper(),
                "asset_tag": f"TS-{site}-{name}".upper(),
            }


def _mac(name: str) -> str:
    """Return a locally administered address that is the same in every run."""
    digits = f"{hash_of(name):010x}"
    return ":".join(["02", *(digits[at : at + 2] for at in range(0, 10, 2))])


def hash_of(name: str) -> int:
    """Return 40 bits that tell names apart (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value & 0xFFFFFFFFFF
