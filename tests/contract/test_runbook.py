"""Every alert has its page of the runbook, and what a page tells people to run is right."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

import agent.commands
import collector.cli
from collector.runbook.book import ENGLISH, Entry, entries, shown
from collector.runbook.subjects import SUBJECTS, href
from govnet.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "collector/runbook/alerts"
PAGES = sorted(FOLDER.glob("*.md"))
RULES = [
    rule
    for file in sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
SENT_BY_THE_COLLECTOR = {"GovnetDigest": {"severity": "none", "role": "digest"}}
ALERTS = SENT_BY_THE_COLLECTOR | {one["alert"]: one["labels"] for one in RULES if "alert" in one}
RECORDED = {one["record"] for one in RULES if "record" in one}
VIETNAMESE = (
    "Nghĩa là gì",
    "Người ta thấy gì",
    "Xác nhận",
    "Nguyên nhân hay gặp, theo thứ tự",
    "Làm gì",
    "Gọi ai",
    "Khi nào tự hết",
    "Tạm im khi đang làm",
    "Không có nghĩa là",
)
ENGLISH_SECTIONS = (
    "What it means",
    "What people notice",
    "How to confirm",
    "Likely causes, in order",
    "What to do",
    "Whom to call",
    "When it ends by itself",
    "Silence while working",
    "What it does not mean",
)
LEADS = {
    ("critical", "duty"): "Khẩn: báo trực tỉnh, cả ban đêm.",
    ("critical", "admin"): "Khẩn: báo quản trị hệ thống, cả ban đêm.",
    ("warning", "duty"): "Lưu ý: báo trực tỉnh, trong giờ làm việc.",
    ("warning", "admin"): "Lưu ý: báo quản trị hệ thống, trong giờ làm việc.",
}
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:govnet|govnet-agent) [^`]+)`")
METRIC = re.compile(r"[a-z_]+:govnet_[\w:]+|govnet_[a-z0-9_]+")
OF_THE_SYSTEM = {
    *("systemctl", "journalctl", "timedatectl", "chronyc", "ip", "df", "amtool"),
}
"""Programs of Debian that a page may name; ours are parsed by their own parsers."""


def blocks(page: Path, kind: str) -> list[str]:
    found = FENCE.findall(page.read_text("utf-8"))
    assert {name for name, _ in found} <= {"sh", "promql"}, "a block says what it is"
    return [
        line.strip() for name, text in found if name == kind for line in text.splitlines() if line
    ]


def bare(command: str) -> list[str]:
    """Return the words of a command without `sudo`."""
    words = shlex.split(command)
    if words[0] == "sudo":
        words = words[3:] if words[1] == "-u" else words[1:]
    return words


def parses(words: list[str]) -> None:
    """Fail if the program would not take these words."""
    tool = agent.commands.parser() if words[0] == "govnet-agent" else collector.cli.parser()
    try:
        tool.parse_args(words[1:])
    except SystemExit as exc:
        pytest.fail(f"{shlex.join(words)}: {exc}")


def section(text: str, heading: str) -> str:
    return text.partition(f"{heading}\n")[2].partition("\n#")[0].strip()


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    listed = [alert for alerts in SUBJECTS.values() for alert in alerts]

    assert sorted(listed) == sorted(set(listed))
    assert set(ALERTS) == set(listed) == {page.stem for page in PAGES}


def test_every_rule_leads_to_its_page() -> None:
    for rule in RULES:
        if "alert" in rule:
            assert rule["annotations"]["runbook_url"] == href(rule["alert"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_every_section_in_both_languages(page: Path) -> None:
    vietnamese, _, english = page.read_text("utf-8").partition(ENGLISH)

    assert re.findall(r"^## (.+)", vietnamese, re.MULTILINE) == [*VIETNAMESE]
    assert re.findall(r"^### (.+)", english, re.MULTILINE) == [*ENGLISH_SECTIONS]
    assert all(section(vietnamese, f"## {name}") for name in VIETNAMESE)
    assert all(section(english, f"### {name}") for name in ENGLISH_SECTIONS)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.alert)
def test_a_page_says_who_is_told_as_the_rule_does(entry: Entry) -> None:
    labels = ALERTS[entry.alert]
    usual = "Không phải sự cố: không cần làm gì gấp."

    assert entry.lead == LEADS.get((labels["severity"], labels["role"]), usual)
    assert entry.title
    assert entry.english_title


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_are_those_that_there_are(page: Path) -> None:
    for command in blocks(page, "sh"):
        words = bare(command)
        if words[0] in {"govnet", "govnet-agent"}:
            parses(words)
        else:
            assert words[0] in OF_THE_SYSTEM, command
        if words[:3] == ["amtool", "silence", "add"]:
            assert words[3] == f"alertname={page.stem}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_in_sentences_begin_as_those_that_there_are(page: Path) -> None:
    """Such a command may leave out what it is given, never be one that is not there."""
    for command in INLINE.findall(page.read_text("utf-8")):
        tool, *words = shlex.split(command)
        parser = agent.commands.parser() if tool == "govnet-agent" else collector.cli.parser()
        named = [word for word in words[:2] if re.fullmatch("[a-z-]+", word) and word[0] != "-"]
        with pytest.raises(SystemExit) as ended:
            parser.parse_args([*named, "--help"])
        assert ended.value.code == 0, command
        for option in (word for word in words if word.startswith("--")):
            assert option in help_of(tool, tuple(named)), command


def help_of(tool: str, named: tuple[str, ...]) -> str:
    parser = agent.commands.parser() if tool == "govnet-agent" else collector.cli.parser()
    for name in named:
        choices = next(one.choices for one in parser._actions if isinstance(one.choices, dict))
        parser = choices[name]
    return parser.format_help()


def test_queries_parse_and_ask_what_is_measured_or_recorded(tmp_path: Path) -> None:
    queries = [(page.stem, query) for page in PAGES for query in blocks(page, "promql")]
    assert {stem for stem, _ in queries} == set(ALERTS)
    for stem, query in queries:
        assert set(METRIC.findall(query)) <= set(CATALOGUE) | RECORDED, (stem, query)
    rules = [
        {"record": f"runbook:{stem}:query{number}", "expr": query}
        for number, (stem, query) in enumerate(queries)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "runbook", "rules": rules}]}), "utf-8")

    done = subprocess.run(
        ["promtool", "check", "rules", str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_links_lead_to_pages_that_there_are() -> None:
    for entry in entries():
        page = shown(entry.alert)
        assert page is not None
        links = re.findall(r'href="([^"]+)"', page.vietnamese + page.english)
        assert set(links) <= {href(alert) for alert in ALERTS}, entry.alert


def test_the_index_of_the_docs_leads_to_every_page() -> None:
    for name in ("runbook.md", "so-tay-su-co.md"):
        text = (ROOT / "docs" / name).read_text("utf-8")
        found = re.findall(r"\(\.\./collector/runbook/alerts/(\w+)\.md\)", text)

        assert sorted(found) == sorted(ALERTS), name


def test_pages_lead_to_pages_of_the_runbook_that_there_are() -> None:
    for template in (ROOT / "collector/pages/templates").glob("*.html"):
        named = re.findall(r'"/runbook/(\w+)"', template.read_text("utf-8"))

        assert set(named) <= set(ALERTS), template.name
