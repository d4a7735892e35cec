"""The manifest of a bundle: what is written is read back, whatever is changed is noticed."""

import random
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.bundle import MANIFEST, SIGNATURE
from collector.bundle.files import check, sums_of
from collector.bundle.manifest import BundleError, differences, parse, path_problems, render

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
NAMES = st.text("abcXYZ019_+~%@=,-", min_size=1, max_size=8)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
SUMS = st.dictionaries(PATHS, st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=12)
FITTING = SUMS.filter(lambda sums: not path_problems(sums))


def quiet(_: str) -> None:
    """Hear nothing."""


@given(FITTING)
def test_a_manifest_is_read_back_as_it_was_written(sums: dict[str, str]) -> None:
    assert sums == parse(render(sums))


@given(FITTING, st.randoms(use_true_random=False))
def test_the_same_files_in_any_order_give_the_same_bytes(
    sums: dict[str, str], shuffled: random.Random
) -> None:
    items = list(sums.items())
    shuffled.shuffle(items)

    assert render(sums) == render(dict(items))


@given(st.binary(max_size=300))
def test_any_bytes_are_either_a_manifest_or_refused(content: bytes) -> None:
    try:
        sums = parse(content)
    except BundleError:
        return

    assert content == render(sums)


@given(FITTING.filter(bool), st.data())
def test_a_manifest_with_any_byte_changed_says_something_else_or_is_refused(
    sums: dict[str, str], data: st.DataObject
) -> None:
    content = bytearray(render(sums))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))

    try:
        changed = parse(bytes(content))
    except BundleError:
        return
    assert differences(sums, changed)


@given(FITTING, FITTING)
def test_two_sets_of_files_have_no_difference_just_when_they_are_equal(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert (one == other) == (differences(one, other) == [])


CONTENTS = st.dictionaries(NAMES, st.binary(min_size=1, max_size=64), min_size=1, max_size=5)


@settings(max_examples=30)
@given(CONTENTS.filter(lambda files: not path_problems(files)), st.data())
def test_a_signed_folder_is_whole_until_anything_in_it_changes(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("stick")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = render(sums_of(folder, quiet))
    (folder / MANIFEST).write_bytes(manifest)
    (folder / SIGNATURE).write_bytes(KEY.sign(manifest))
    assert len(files) == check(folder, KEY.public_key(), quiet)

    spoil(folder, data.draw(st.sampled_from(sorted(path.name for path in folder.iterdir()))), data)

    with pytest.raises(BundleError):
        check(folder, KEY.public_key(), quiet)


def spoil(folder: Path, name: str, data: st.DataObject) -> None:
    """Change, remove or rename a file, or add one."""
    content = bytearray((folder / name).read_bytes())
    how = data.draw(st.sampled_from(("change", "rename", "add", "cut")))
    if how == "change" or name in {str(MANIFEST), str(SIGNATURE)}:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        (folder / name).write_bytes(content)
    elif how == "rename":
        (folder / name).rename(folder / f"{name}.renamed")
    elif how == "add":
        (folder / f"{name}.added").write_bytes(content)
    else:
        (folder / name).write_bytes(content[:-1])


@given(FITTING.filter(bool))
@settings(max_examples=5)
def test_openssl_and_sha256sum_agree_with_us(
    tmp_path_factory: pytest.TempPathFactory, sums: dict[str, str]
) -> None:
    """What a target without govnet has: the same answer from other people's programs."""
    folder = tmp_path_factory.mktemp("stick")
    for number, path in enumerate(sums):
        if not any(other.startswith(f"{path}/") for other in sums):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(str(number))
    (folder / MANIFEST).write_bytes(render(sums_of(folder, quiet)))

    subprocess.run(("sha256sum", "--quiet", "--strict", "-c", "MANIFEST"), cwd=folder, check=True)
