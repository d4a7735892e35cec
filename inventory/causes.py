"""Which causes can be told apart, as lines for `govnet inventory check`, Vietnamese first."""

from collections.abc import Collection, Iterator

from govnet.errors import ConfigError
from inventory.model import Inventory
from inventory.problems import near, quoted
from inventory.separable import CAUSES, Hours, SiteCauses, When, counted, separable

_CAUSES = {
    "power": "mất điện",
    "link": "đứt đường truyền",
    "carrier": "sự cố nhà mạng",
    "lan": "mạng nội bộ",
    "equipment": "hỏng thiết bị",
    "agent": "lỗi tác tử",
}
_WHEN = {
    When.AT_ONCE: "ngay / at once",
    When.AFTER: "sau, khi có số liệu bù / from the backlog",
    When.NEVER: "không / never",
}
_HEAD = f"{'ngay':>9}{'sau':>9}{'không':>9}"


def table(found: Collection[SiteCauses]) -> list[str]:
    """Return for how many sites each cause can be told, in three numbers for each hours."""
    if not found:
        return []
    lines = [
        "  nguyên nhân phân biệt được ở bao nhiêu điểm / sites that can tell a cause (--causes):",
        f"  {'trong giờ / working':>27}{'ngoài giờ / off':>27}",
        f"  {_HEAD:>27}{_HEAD:>27}  (ngay / at once, sau / from the backlog, không / never)",
    ]
    for cause in CAUSES:
        columns = [
            "".join(f"{number:>9}" for number in counted(found, cause, hours).values())
            for hours in Hours
        ]
        lines.append(f"  {columns[0]}{columns[1]}  {_CAUSES[cause]} / {cause}")
    return lines


def site_lines(inventory: Inventory, only: str | None = None) -> Iterator[str]:
    """Yield what can be told about each site, or about one alone.

    Raises ConfigError if there is no such site, or one that is not judged.
    """
    found = separable(inventory)
    if only is not None and only not in found:
        hint = near(only, found)
        problem = f"--site: expected an active site other than the centre, got {quoted(only)}"
        raise ConfigError([problem + (f" ({hint})" if hint else "")])
    for one in found.values() if only is None else (found[only],):
        blind = " (mù lúc 07:15 / blind at 07:15)" if one.is_blind else ""
        yield f"{one.site}: {inventory.sites[one.site].name}{blind}"
        for cause in CAUSES:
            if (cause, Hours.WORKING) in one.when:
                working, off = (_WHEN[one.when[cause, hours]] for hours in Hours)
                said = f"trong giờ / working: {working}; ngoài giờ / off: {off}"
                yield f"  {_CAUSES[cause]} / {cause}: {said}"
