"""`[law]` of `collector.toml`: the rules that the page «Giới thiệu» names as its basis.

They change more often than the program: who operates it writes what is in force.
"""

from typing import Annotated, Final

import msgspec

Citation = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]

CITATIONS_AS_OF: Final = "11/2026"
"""Month of the default below; what came into force later is not in it."""
CITATIONS: Final[tuple[Citation, ...]] = (
    "Luật An ninh mạng 116/2025/QH15, từ 01/07/2026: bảo vệ hệ thống thông tin theo cấp độ.",
    "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15: người lao động phải biết về biện pháp công nghệ.",
    "Nghị định 356/2025/NĐ-CP, từ 01/01/2026: dữ liệu cá nhân cơ bản và nhạy cảm.",
    "Quyết định 33/2025/QĐ-TTg ngày 15/09/2025: mạng truyền số liệu chuyên dùng.",
    "Nghị định 53/2022/NĐ-CP: lưu nhật ký hệ thống ít nhất 12 tháng.",
    "Nghị định 26/2020/NĐ-CP: máy chứa bí mật nhà nước không nối mạng.",
)
"""Vietnam's, for a province's own system."""


class LawOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[law]`: the legal basis, as it is shown to everybody who is signed in."""

    citations: Annotated[tuple[Citation, ...], msgspec.Meta(max_length=50)] = CITATIONS
    """One rule each, in the order in which they are shown; empty: the page names none."""

    @property
    def as_of(self) -> str | None:
        """The month of the default; None where somebody wrote his own."""
        return CITATIONS_AS_OF if self.citations == CITATIONS else None
