"""Packed models: healthy ones of every kind, and archives that are broken or mean harm."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import random
import stat
import subprocess
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.sources.archive import unpack
from app.sources.unpacking import Bounds
from checks.evidence import Evidence, Fault
from checks.facts import Fact
from checks.model_file import inspect

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
OLDER = MODELS.with_name("older-models")
KERAS = (MODELS / "keras-3.keras").read_bytes()
SAVED = {
    "saved_model.pb": b"\x08\x01\x12\x02\x0a\0" * 100,
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00001": bytes(range(256)) * 40,
}
Entries = dict[str, bytes]


def zipped(entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(entries: Entries, form: int = tarfile.PAX_FORMAT, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mode = 0o7777
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def tgz(entries: Entries) -> bytes:
    return gzip.compress(tarred(entries))


def folder_alone() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as packed:
        info = tarfile.TarInfo("folder")
        info.type = tarfile.DIRTYPE
        packed.addfile(info)
    return made.getvalue()


PACKERS: dict[str, Callable[[Entries], bytes]] = {
    "zip": zipped,
    "stored": lambda entries: zipped(entries, zipfile.ZIP_STORED),
    "tar": tarred,
    "ustar": lambda entries: tarred(entries, tarfile.USTAR_FORMAT),
    "gnu": lambda entries: tarred(entries, tarfile.GNU_FORMAT),
    "tgz": tgz,
}
of_every_kind = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)


def archive(folder: Path, content: bytes, name: str = "model.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def fault_of(content: bytes, folder: Path, bounds: Bounds | None = None) -> Evidence:
    """What is wrong with an archive; nothing gets out of the folder."""
    with pytest.raises(Fault) as caught:
        unpack(archive(folder, content), folder / "to", bounds)
    evidence = caught.value.evidence
    assert evidence.fact is Fact.MODEL_FILE
    assert evidence.text.startswith(f"model.bin ({len(content):,} bytes) is ")
    assert evidence.values["what"]
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "to"]
    return evidence


def files_in(folder: Path) -> Entries:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@of_every_kind
@pytest.mark.parametrize("prefix", ["", "./", "my model/", "a/b/1/"])
def test_a_saved_model_comes_out_as_it_was(
    pack: Callable[[Entries], bytes], prefix: str, tmp_path: Path
) -> None:
    packed = archive(tmp_path, pack({prefix + name: content for name, content in SAVED.items()}))

    assert inspect(packed).format == "archive"
    model = unpack(packed, tmp_path / "to")

    assert files_in(model) == SAVED
    assert inspect(model).format == "saved-model"


def test_the_saved_model_of_a_real_tensorflow(tmp_path: Path) -> None:
    path = OLDER / "tensorflow-2.15-saved-model.zip"

    assert inspect(path).format == "archive"
    assert inspect(unpack(path, tmp_path / "to")).format == "saved-model"


@of_every_kind
@pytest.mark.parametrize("name", ["keras-3.keras", "keras-2.h5", "tensorflow-2.15.tflite"])
def test_one_file_may_be_packed(pack: Callable[[Entries], bytes], name: str, tmp_path: Path) -> None:
    content = next(path for path in (MODELS / name, OLDER / name) if path.exists()).read_bytes()
    packed = archive(tmp_path, pack({name: content}))

    assert inspect(packed).format == "archive"
    model = unpack(packed, tmp_path / "to")

    assert (model.name, model.read_bytes()) == (name, content)


@pytest.mark.parametrize(
    ("name", "inside"),
    [("model.keras.gz", "model.keras"), ("model.GZ", "model"), ("model.bin", "model.bin"), (".gz", ".gz")],
)
def test_one_file_may_be_packed_by_gzip_alone(name: str, inside: str, tmp_path: Path) -> None:
    packed = archive(tmp_path, gzip.compress(KERAS), name)

    assert inspect(packed).format == "archive"
    model = unpack(packed, tmp_path / "to")

    assert (model.name, model.read_bytes()) == (inside, KERAS)


def test_what_the_programs_of_a_system_pack_is_unpacked(tmp_path: Path) -> None:
    for name, content in SAVED.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    subprocess.run(["tar", "-czf", "../made.tar.gz", "."], cwd=tmp_path / "in", check=True, timeout=30)

    assert files_in(unpack(tmp_path / "made.tar.gz", tmp_path / "to")) == SAVED


def test_what_a_mac_and_windows_add_does_no_harm(tmp_path: Path) -> None:
    mac = {"__MACOSX/._saved_model.pb": b"\0", "m/._saved_model.pb": b"\0"}
    windows = {f"m\\{name.replace('/', chr(92))}": content for name, content in SAVED.items()}

    packed = archive(tmp_path, zipped(mac | windows))

    assert inspect(packed).format == "archive"
    assert files_in(unpack(packed, tmp_path / "to")) == SAVED


def test_rights_are_plain_whatever_the_archive_says(tmp_path: Path) -> None:
    model = unpack(archive(tmp_path, tarred(SAVED)), tmp_path / "to")

    modes = {stat.S_IMODE(path.stat().st_mode) & ~0o755 for path in model.rglob("*")}
    assert modes == {0}


def test_external_data_of_onnx_is_no_second_model(tmp_path: Path) -> None:
    onnx = b"\x08\x0e\x12\x07pytorch\x1a\x032.4\x3a\x33" + bytes(50)

    model = unpack(
        archive(tmp_path, zipped({"m/model.onnx": onnx, "m/model.onnx.data": bytes(99)})), tmp_path / "to"
    )

    assert model.name == "model.onnx"
    assert (model.parent / "model.onnx.data").stat().st_size == 99


BAD_NAMES = [
    "../evil",
    "a/../../evil",
    "/tmp/evil",
    "C:\\evil",
    "c:evil",
    "..\\evil",
    "a\\..\\..\\evil",
    "..",
]


@of_every_kind
@pytest.mark.parametrize("name", BAD_NAMES)
def test_no_entry_leads_out_of_the_folder(
    pack: Callable[[Entries], bytes], name: str, tmp_path: Path
) -> None:
    evidence = fault_of(pack({"saved_model.pb": b"x", name: b"evil"}), tmp_path)

    assert evidence.values["fault"] == "unsafe-archive"
    assert evidence.values["entry"] == ascii(name)
    assert "leads out of the folder" in evidence.text


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "neither a file nor a folder"),
        (tarfile.FIFOTYPE, "neither a file nor a folder"),
    ],
)
def test_a_model_has_no_links_and_devices(kind: bytes, what: str, tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        info = tarfile.TarInfo("model\x1b[31m.pb")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info)

    evidence = fault_of(made.getvalue(), tmp_path)

    assert evidence.values["fault"] == "unsafe-archive"
    assert evidence.text.endswith(f"whose entry 'model\\x1b[31m.pb' is {what}.")


def test_a_zip_may_hold_no_link_either(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        info = zipfile.ZipInfo("saved_model.pb")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(info, "/etc/passwd")

    assert fault_of(made.getvalue(), tmp_path).values["fault"] == "unsafe-archive"


@of_every_kind
def test_too_many_entries(pack: Callable[[Entries], bytes], tmp_path: Path) -> None:
    entries = {f"{at}.txt": b"" for at in range(11)}

    evidence = fault_of(pack(entries), tmp_path, Bounds(entries=10))

    assert evidence.values["fault"] == "too-large"
    assert "more than 10 entries" in evidence.text


@pytest.mark.parametrize(
    "pack", [zipped, tgz, lambda e: gzip.compress(e["m.h5"])], ids=["zip", "tgz", "gzip"]
)
def test_a_bomb_is_stopped_by_what_it_unpacks_to(pack: Callable[[Entries], bytes], tmp_path: Path) -> None:
    bomb = pack({"m.h5": bytes(64 << 20)})
    assert len(bomb) < 100_000

    tracemalloc.start()
    evidence = fault_of(bomb, tmp_path, Bounds(bytes=8 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert evidence.values["fault"] == "too-large"
    assert "of more than 8.0 MB unpacked" in evidence.text
    assert sum(path.stat().st_size for path in (tmp_path / "to").rglob("*")) <= 8 << 20
    assert peak < 4 << 20


def test_a_zip_that_tells_a_smaller_size_is_damaged(tmp_path: Path) -> None:
    content = bytearray(zipped({"saved_model.pb": bytes(1_000_000)}))
    at = content.rindex(b"PK\1\2") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")

    assert fault_of(bytes(content), tmp_path).values["fault"] == "damaged"
    assert (tmp_path / "to" / "saved_model.pb").stat().st_size <= 10


def test_headers_are_bounded_too(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("saved_model.pb")
        info.pax_headers = {"comment": "x" * 3_000_000}
        tar.addfile(info)
    names = zipped({f"{at:05}{'n' * 60_000}": b"" for at in range(40)})

    for content in (made.getvalue(), gzip.compress(made.getvalue()), names):
        evidence = fault_of(content, tmp_path, Bounds(header_bytes=1 << 20))
        assert evidence.values["fault"] == "too-large"


@pytest.mark.parametrize("name", ["._of_a_mac", "saved_model.pb"])
def test_an_entry_that_says_to_be_huge_is_neither_read_nor_skipped(name: str, tmp_path: Path) -> None:
    info = tarfile.TarInfo(name)
    info.size = 1 << 40
    content = gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(64 << 20))

    assert fault_of(content, tmp_path).values["fault"] in ("too-large", "disk-full")
    assert files_in(tmp_path / "to") == {}


@of_every_kind
def test_a_cut_archive_is_told(pack: Callable[[Entries], bytes], tmp_path: Path) -> None:
    content = pack(SAVED)
    end = len(content.rstrip(b"\0")) if content[257:262] == b"ustar" else len(content)

    for length in sorted({*range(30, end, max(1, end // 23)), end - 1}):
        (tmp_path / "to").mkdir(exist_ok=True)
        if content[:length][257:262] != b"ustar" and not content.startswith((b"PK", b"\x1f\x8b")):
            continue  # the first block of a tar archive tells that it is one
        evidence = fault_of(content[:length], tmp_path)
        assert evidence.values["fault"] == "truncated", length


def test_a_tar_without_the_zeros_at_its_end_is_whole(tmp_path: Path) -> None:
    content = tarred(SAVED)
    content = content[: -(-len(content.rstrip(b"\0")) // 512) * 512]

    assert files_in(unpack(archive(tmp_path, content), tmp_path / "to")) == SAVED


@of_every_kind
def test_a_damaged_archive_is_told(pack: Callable[[Entries], bytes], tmp_path: Path) -> None:
    content = bytearray(pack({"saved_model.pb": os.urandom(5000)}))
    if content.startswith((b"PK", b"\x1f\x8b")):
        content[1000] ^= 0xFF
    else:  # a tar archive has sums of its headers only
        content = bytearray(pack({"saved_model.pb": b"x" * 512})[:1024]) + b"?" * 1024

    evidence = fault_of(bytes(content), tmp_path)

    assert evidence.values["fault"] == "damaged"


def test_any_damage_ends_in_a_fault_or_a_model(tmp_path: Path) -> None:
    chance = random.Random(5)
    contents = [pack(SAVED) for pack in PACKERS.values()]
    for turn in range(300):
        content = bytearray(chance.choice(contents))
        for _ in range(chance.randrange(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        with contextlib.suppress(Fault):  # and nothing else
            unpack(archive(tmp_path, bytes(content)), tmp_path / f"to-{turn}")
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {"model.bin", "to"}


def test_an_encrypted_zip_is_told(tmp_path: Path) -> None:
    content = bytearray(zipped({"saved_model.pb": b"x" * 50}))
    for sign, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(sign) + at] |= 1

    evidence = fault_of(bytes(content), tmp_path)

    assert evidence.values["fault"] == "encrypted"
    assert "an encrypted zip archive (entry 'saved_model.pb')" in evidence.text


def test_another_packing_is_told(tmp_path: Path) -> None:
    evidence = fault_of(zipped({"saved_model.pb": b"x" * 500}, zipfile.ZIP_LZMA), tmp_path)

    assert evidence.values["fault"] == "not-a-model"
    assert "packed by method 14" in evidence.text


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ({}, "an archive without any file"),
        ({"a.txt": b"1", "b.txt": b"2"}, "an archive of 2 files, none of which is a model"),
        (
            {"a/m.keras": KERAS, "b/m.keras": KERAS},
            "an archive with 2 models in it ('a/m.keras', 'b/m.keras')",
        ),
        ({"1/saved_model.pb": b"x", "2/saved_model.pb": b"x"}, "an archive with 2 models in it ('1', '2')"),
        ({"model.zip": zipped(SAVED)}, "an archive within an archive ('model.zip')"),
    ],
)
def test_an_archive_must_hold_one_model(entries: Entries, found: str, tmp_path: Path) -> None:
    evidence = fault_of(tarred(entries) if entries else folder_alone(), tmp_path)

    assert (evidence.values["fault"], evidence.values["found"]) == ("not-a-model", found)


def test_one_file_that_is_no_model_is_told_for_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        unpack(archive(tmp_path, tarred({"model.keras": KERAS[:1000]})), tmp_path / "to")

    assert caught.value.evidence.values["fault"] == "truncated"
    assert caught.value.evidence.values["name"] == "model.keras"


@pytest.mark.parametrize("entries", [{"a": b"1", "a/b": b"2"}, {"n" * 300: b""}])
def test_names_that_no_disk_takes_are_told(entries: Entries, tmp_path: Path) -> None:
    assert fault_of(zipped(entries), tmp_path).values["fault"] == "damaged"
