"""At how many sites each cause can be told, as a table for `govnet inventory check`."""

from collections.abc import Collection, Mapping
from typing import Final

from inventory.coverage.separable import CAUSES, Hours, SiteCauses, counted

NAMES: Final[Mapping[str, str]] = {
    "power": "mất điện",
    "link": "đứt đường truyền",
    "carrier": "sự cố nhà mạng",
    "lan": "mạng nội bộ",
    "equipment": "hỏng thiết bị",
    "agent": "lỗi tác tử",
}
"""What each cause of `inventory.coverage.separable` is called."""
_HEAD = f"{'ngay':>9}{'sau':>9}{'không':>9}"


def table(found: Collection[SiteCauses]) -> list[str]:
    """Return for how many sites each cause can be told, in three numbers for each hours."""
    if not found:
        return []
    lines = [
        "  nguyên nhân phân biệt được ở bao nhiêu điểm / sites that can tell a cause (--coverage):",
        f"  {'trong giờ / working':>27}{'ngoài giờ / off':>27}",
        f"  {_HEAD:>27}{_HEAD:>27}  (ngay / at once, sau / from the backlog, không / never)",
    ]
    for cause in CAUSES:
        columns = [
            "".join(f"{number:>9}" for number in counted(found, cause, hours).values())
            for hours in Hours
        ]
        lines.append(f"  {columns[0]}{columns[1]}  {NAMES[cause]} / {cause}")
    return lines
