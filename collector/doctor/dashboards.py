"""Dashboards: those of this version can be read, and Grafana has them as they are shipped."""

from collections.abc import Iterator

from collector.doctor.records import Finding, Level, Seen


def check(seen: Seen) -> Iterator[Finding]:
    """Check the dashboards."""
    again = "cài lại gói govnet của phiên bản này"
    if seen.shipped.problems:
        text = f"{len(seen.shipped.problems)} file dashboard hoặc quy tắc kèm theo không đọc được"
        yield Finding(Level.MUST, text, again, seen.shipped.problems)
    boards = seen.shipped.boards
    if len({board.uid for board in boards}) < len(boards):
        yield Finding(Level.MUST, "hai dashboard kèm theo có cùng uid", again)
    elif boards and not seen.shipped.problems:
        yield Finding(Level.GOOD, f"{len(boards)} dashboard kèm theo đọc được")
    found = seen.grafana
    if found is None:
        return
    copy = (
        "chép dashboards/ của phiên bản này vào thư mục của Grafana và dùng deploy/grafana/"
        "provisioning (dashboards/README.md)"
    )
    if found.trouble:
        do = "xem Grafana có chạy không, [grafana] url và token_file trong collector.toml"
        yield Finding(Level.SHOULD, f"Grafana không hỏi được: {found.trouble}", do)
        return
    if found.missing:
        text = f"Grafana thiếu {len(found.missing)} dashboard"
        yield Finding(Level.SHOULD, text, copy, found.missing)
    if found.different:
        text = f"{len(found.different)} dashboard trong Grafana khác với phiên bản này"
        yield Finding(Level.SHOULD, text, copy, found.different)
    if not found.missing and not found.different:
        yield Finding(Level.GOOD, f"Grafana có đủ {len(boards)} dashboard, đúng phiên bản")
