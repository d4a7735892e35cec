"""deploy/windows/report.ps1, as far as it can be looked at without PowerShell."""

import re
from collections.abc import Iterator
from pathlib import Path

import tree_sitter
import tree_sitter_powershell

from govnet.catalogue import CATALOGUE
from govnet.report import HEADER_AGENT, HEADER_KEY, HEADER_SIGNATURE, PATH_ENROL, PATH_REPORTS

SCRIPT = Path(__file__).parents[2] / "deploy" / "windows" / "report.ps1"
TEXT = SCRIPT.read_text(encoding="ascii")  # PowerShell 5.1 reads a file without mark as ANSI.


def wrong_nodes(node: tree_sitter.Node) -> Iterator[str]:
    if node.type == "ERROR" or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {node.type}"
    for child in node.children:
        yield from wrong_nodes(child)


def test_the_script_is_well_formed():
    language = tree_sitter.Language(tree_sitter_powershell.language())
    tree = tree_sitter.Parser(language).parse(TEXT.encode())

    assert list(wrong_nodes(tree.root_node)) == []


def test_the_script_stays_short_enough_to_be_read_before_it_is_trusted():
    assert TEXT.count("\n") < 150


def test_every_metric_of_the_script_is_in_the_catalogue_with_its_labels():
    found = re.findall(r"@\('(govnet_\w+)'[^@\n]*(?:@\{([^}]*)\})?", TEXT)
    set_here = {name: set(re.findall(r"(\w+) =", labels)) for name, labels in found}

    assert len(set_here) >= 9
    by_the_collector = {"site", "machine"}
    assert set_here == {name: set(CATALOGUE[name].labels) - by_the_collector for name in set_here}


def test_the_script_names_headers_and_paths_as_the_protocol_does():
    for word in (HEADER_AGENT, HEADER_KEY, HEADER_SIGNATURE, PATH_REPORTS, PATH_ENROL):
        assert f"'{word}'" in TEXT


def test_the_script_uses_nothing_that_powershell_5_1_lacks():
    """Operators and parameters that came with PowerShell 6 and 7."""
    newer = (
        r"\?\?",
        r"\?\.",
        r"&&",
        r"\|\|(?!.*SslPolicy)",
        r"-AsHashtable",
        r"-SkipCertificateCheck",
    )
    code = TEXT.replace(TEXT[TEXT.index("Add-Type") : TEXT.index("\n'@")], "")

    assert [pattern for pattern in newer if re.search(pattern, code)] == []
