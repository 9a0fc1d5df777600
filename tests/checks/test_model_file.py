"""What a model file is, by its content: files made by real Keras, and what is found in their place."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import re
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from checks.evidence import Evidence, Fault, Level
from checks.facts import Fact
from checks.model_file import ModelFile, first_bytes, inspect, sha256_of, verify_sha256
from checks.zip_directory import WINDOW

# One input of 4, two Dense layers: saved by Keras 3.15.1 (TensorFlow 2.21.0) and Keras 2.15.0 (2.15.1).
MODELS = Path(__file__).parents[1] / "fixtures" / "models"
SAMPLES = sorted(MODELS.iterdir())
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 47394816\n"
)
S3_ERROR = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>'


def file(tmp_path: Path, content: bytes, name: str = "model.keras") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def zipped(tmp_path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def fault_of(path: Path) -> Evidence:
    with pytest.raises(Fault) as raised:
        inspect(path)
    evidence = raised.value.evidence
    assert evidence.fact is Fact.MODEL_FILE
    assert evidence.level is Level.FAIL
    assert evidence.values["path"]
    return evidence


@pytest.mark.parametrize(
    ("name", "form", "version"),
    [
        ("keras-3.keras", "keras-v3", "3.15.1"),
        ("keras-2.keras", "keras-v3", "2.15.0"),
        ("keras-3.h5", "hdf5", ""),
        ("keras-2.h5", "hdf5", ""),
    ],
)
def test_what_keras_saved_is_known(name: str, form: str, version: str) -> None:
    path = MODELS / name

    assert inspect(path) == ModelFile(form, path.stat().st_size, version)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_name_decides_nothing(sample: Path, tmp_path: Path) -> None:
    assert inspect(file(tmp_path, sample.read_bytes(), "weights.bin")) == inspect(sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_file_cut_anywhere_is_no_model(sample: Path, tmp_path: Path) -> None:
    content = sample.read_bytes()
    near_the_ends = {*range(80), *range(len(content) - 80, len(content))}

    for length in sorted({*range(0, len(content), 61), *near_the_ends}):
        evidence = fault_of(file(tmp_path, content[:length]))
        assert evidence.values["size_bytes"] == length
        if length > 8:
            assert evidence.values["fault"] == "truncated", length


def test_a_cut_hdf5_file_tells_both_sizes(tmp_path: Path) -> None:
    content = (MODELS / "keras-2.h5").read_bytes()

    evidence = fault_of(file(tmp_path, content[:9000]))

    assert evidence.text == "model.keras (9,000 bytes) is an HDF5 file that should have 16,016 bytes."
    assert evidence.values["expected_bytes"] == len(content)


def test_what_follows_the_end_of_an_hdf5_file_does_no_harm(tmp_path: Path) -> None:
    content = (MODELS / "keras-2.h5").read_bytes() + b"\0" * 100

    assert inspect(file(tmp_path, content)).format == "hdf5"


@pytest.mark.parametrize("block", [512, 1024, 4096])
def test_an_hdf5_file_may_begin_with_a_user_block(block: int, tmp_path: Path) -> None:
    content = bytearray((MODELS / "keras-2.h5").read_bytes())
    content[40:48] = (len(content) + block).to_bytes(8, "little")  # as h5py writes it: from the start
    whole = b"\0" * block + content

    assert inspect(file(tmp_path, whole)).format == "hdf5"
    assert fault_of(file(tmp_path, whole[:-1])).values["fault"] == "truncated"


@pytest.mark.parametrize(("version", "at"), [(1, 28), (2, 12), (3, 12)])
def test_every_superblock_tells_where_the_file_ends(version: int, at: int, tmp_path: Path) -> None:
    head = bytearray(b"\x89HDF\r\n\x1a\n" + bytes(92))
    head[8] = version
    head[13 if version < 2 else 9] = 8
    head[at + 16 : at + 24] = (100).to_bytes(8, "little")

    assert inspect(file(tmp_path, bytes(head))).format == "hdf5"
    assert fault_of(file(tmp_path, bytes(head[:-1]))).values["fault"] == "truncated"


def test_an_hdf5_version_of_the_future_is_left_to_hdf5(tmp_path: Path) -> None:
    assert inspect(file(tmp_path, b"\x89HDF\r\n\x1a\n\x09" + bytes(80))).format == "hdf5"


def test_an_archive_within_a_cut_archive_is_not_taken_for_its_end(tmp_path: Path) -> None:
    inner = (MODELS / "keras-3.keras").read_bytes()
    whole = zipped(tmp_path, {"metadata.json": b"{}", "assets/inner.zip": inner, "config.json": b"{}"})
    content = whole.read_bytes()
    cut = content.index(inner) + len(inner)

    assert inspect(whole).format == "keras-v3"
    assert fault_of(file(tmp_path, content[:cut])).values["fault"] == "truncated"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_keras_file_may_be_zipped_again(method: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(MODELS / "keras-3.keras") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}

    assert inspect(zipped(tmp_path, entries, method)).keras_version == "3.15.1"


def test_a_file_of_more_than_4_gb_has_its_end_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "large.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", b"{}")
        with archive.open("model.weights.h5", "w", force_zip64=True) as entry:
            entry.write(b"weights")
        archive.writestr("metadata.json", b'{"keras_version": "3.9.0"}')
    content = path.read_bytes()
    at = content.rindex(b"PK\5\6")
    length, offset = (int.from_bytes(content[at + i : at + i + 4], "little") for i in (12, 16))
    record = b"PK\6\6" + (44).to_bytes(8, "little") + bytes(12) + (3).to_bytes(8, "little") * 2
    record += length.to_bytes(8, "little") + offset.to_bytes(8, "little")
    locator = b"PK\6\7" + bytes(4) + at.to_bytes(8, "little") + (1).to_bytes(4, "little")
    end = b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2)
    path.write_bytes(content[:at] + record + locator + end)

    assert zipfile.ZipFile(path).namelist()  # Python reads it so, too
    assert inspect(path) == ModelFile("keras-v3", path.stat().st_size, "3.9.0")


@pytest.mark.parametrize(
    "metadata",
    [b"", b"[]", b"{", b'{"keras_version": 3}', b'{"keras_version": "x; rm"}', b"[" * 4000, b"\xff\xfe"],
)
def test_metadata_of_any_kind_costs_only_the_version(metadata: bytes, tmp_path: Path) -> None:
    path = zipped(tmp_path, {"config.json": b"{}", "metadata.json": metadata})

    assert inspect(path) == ModelFile("keras-v3", path.stat().st_size)


def test_a_zip_bomb_stays_packed(tmp_path: Path) -> None:
    bomb = b'{"keras_version": "3.1.0"' + b" " * 50_000_000 + b"}"
    path = zipped(tmp_path, {"config.json": b"{}", "metadata.json": bomb}, zipfile.ZIP_DEFLATED)
    del bomb

    tracemalloc.start()
    found = inspect(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.format == "keras-v3"
    assert peak < 4 * WINDOW


def test_a_huge_directory_of_names_is_not_read(tmp_path: Path) -> None:
    path = zipped(tmp_path, {f"{i:05}{'n' * 60_000}": b"" for i in range(200)})

    tracemalloc.start()
    found = inspect(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.format == "keras-v3"  # not told: config.json may come later
    assert peak < 8 * WINDOW


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["model/data.pkl", "model/version"], "a PyTorch file"),
        (["arr_0.npy"], "NumPy arrays (.npz)"),
        (["a.h5", "b.h5"], "a zip archive with 2 models in it, and which one is meant is not told"),
        (["m/config.json", "m/metadata.json"], "a .keras file that was unpacked and zipped again"),
        (["readme.txt"], "a zip archive without a model in it"),
        (["__MACOSX/._model.h5", "._model.h5"], "a zip archive without a model in it"),
    ],
)
def test_another_archive_is_told_from_a_model(names: list[str], found: str, tmp_path: Path) -> None:
    evidence = fault_of(zipped(tmp_path, dict.fromkeys(names, b"")))

    assert evidence.values["fault"] == "not-a-model"
    assert found in str(evidence.values["found"])


@pytest.mark.parametrize(
    ("content", "fault", "found"),
    [
        (b"<!DOCTYPE html>\n<html></html>", "html", "an HTML page"),
        (b"\xef\xbb\xbf  \n<HTML><body>", "html", "an HTML page"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html>', "html", "an HTML page"),
        (S3_ERROR, "xml", "an XML answer with the code NoSuchKey"),
        (b"<feed/>", "xml", "an XML document"),
        (b'{"message": "Not Found"}', "json", "a JSON document"),
        (b'{"class_name": "Sequential", "config": {"layers": []}}', "not-a-model", "architecture in JSON"),
        (pickle.dumps({"a": [1]}), "not-a-model", "a pickle"),
        (pickle.dumps([1], protocol=2), "not-a-model", "a pickle"),
        (b"\x93NUMPY\x01\0", "not-a-model", "a NumPy array"),
        (b"\x1f\x8b\x08\0", "truncated", "a gzip file without its content"),
        (b"\x1f\x8b\x09\0", "damaged", "a gzip file that can't be unpacked"),
        (gzip.compress(b"<html>", mtime=0), "html", "a gzip file of an HTML page"),
        (gzip.compress(pickle.dumps([1]), mtime=0), "not-a-model", "a gzip file of a pickle"),
        (gzip.compress(b"words\n", mtime=0), "not-a-model", "a gzip file of text"),
        (b"BZh91AY", "not-a-model", "a compressed file of a kind that is not unpacked here"),
        (b"\x08\x01\x12\xca\xbf\x02\x0a", "not-a-model", "saved_model.pb"),
        (b"import keras\n", "not-a-model", "text"),
        ("größer\n".encode() * WINDOW, "not-a-model", "text"),
        (bytes(range(256)), "not-a-model", "data of an unknown form"),
        (b"P", "not-a-model", "text"),
    ],
)
def test_what_is_no_model_is_told_for_what_it_is(
    content: bytes, fault: str, found: str, tmp_path: Path
) -> None:
    evidence = fault_of(file(tmp_path, content, "my_model.h5"))

    assert evidence.values["fault"] == fault
    assert found in str(evidence.values["found"])
    assert evidence.text.startswith(f"my_model.h5 ({len(content):,} bytes) is ")


@pytest.mark.parametrize(
    "names",
    [["m/saved_model.pb", "m/variables/x"], ["model.h5"], ["m\\saved_model.pb"], ["__MACOSX/._m.h5", "m.h5"]],
)
def test_a_zip_archive_with_a_model_in_it_is_one_to_unpack(names: list[str], tmp_path: Path) -> None:
    path = zipped(tmp_path, dict.fromkeys(names, b"x"))

    assert inspect(path) == ModelFile("archive", path.stat().st_size)


def test_a_tar_archive_is_one_to_unpack_also_when_an_hdf5_file_is_first(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as packed:
        packed.add(MODELS / "keras-3.h5")

    assert inspect(file(tmp_path, made.getvalue())).format == "archive"
    assert inspect(file(tmp_path, gzip.compress(made.getvalue()))).format == "archive"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_model_in_a_gzip_file_is_one_to_unpack(sample: Path, tmp_path: Path) -> None:
    assert inspect(file(tmp_path, gzip.compress(sample.read_bytes()))).format == "archive"


def test_a_gzip_bomb_stays_packed(tmp_path: Path) -> None:
    path = file(tmp_path, gzip.compress(b"PK\x03\x04" + bytes(50_000_000)))

    tracemalloc.start()
    found = inspect(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.format == "archive"
    assert peak < 4 * WINDOW


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PK\x03\x04" + bytes(12), "zip"),
        (b"\x89HDF\r\n\x1a\n" + bytes(8), "hdf5"),
        (b"\x1c\0\0\0TFL3" + bytes(8), "tflite"),
        (b"\x1f\x8b\x08\0" + bytes(12), "gzip"),
        (b"\x08\x0e\x3a\x33\x0a\x0c" + bytes(10), "onnx"),
        (b"\x08\x0e\x12\x07pytorch\x1a\x03", "onnx"),
        (b"\x08\x08\x12\x0donnx.quantiz", "onnx"),  # the name goes on
        (b"\x08\x01\x12\xca\xbf\x02\x0a\x10\x0a\x01\x0a\x07\x12\x05\x0a\x03", ""),  # a saved_model.pb
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"<!DOCTYPE html>\n<html>", ""),
        (b"version https://", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_which_runtime_it_will_be(head: bytes, kind: str) -> None:
    assert first_bytes(head) == kind


def test_an_empty_file_is_no_model(tmp_path: Path) -> None:
    evidence = fault_of(file(tmp_path, b""))

    assert evidence.text == "model.keras is empty (0 bytes)."
    assert evidence.values["fault"] == "empty"
    assert evidence.values["size_bytes"] == 0


def test_a_git_lfs_pointer_tells_the_true_size(tmp_path: Path) -> None:
    evidence = fault_of(file(tmp_path, POINTER, "my_model.h5"))

    assert evidence.text == (
        f"my_model.h5 ({len(POINTER)} bytes) is a Git LFS pointer to a file of 45.20 MB "
        "(sha256 4d7a214614ab…)."
    )
    assert evidence.values["fault"] == "lfs-pointer"
    assert evidence.values["real_bytes"] == 47_394_816
    assert evidence.values["oid"] == "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"


def test_a_git_lfs_pointer_may_be_incomplete(tmp_path: Path) -> None:
    evidence = fault_of(file(tmp_path, POINTER.splitlines()[0] + b"\noid sha256:zz\nsize -1\n"))

    assert evidence.values["found"] == "a Git LFS pointer"


def test_a_tflite_model_is_known(tmp_path: Path) -> None:
    assert inspect(file(tmp_path, b"\x1c\0\0\0TFL3" + bytes(100))) == ModelFile("tflite", 108)


@pytest.mark.parametrize(
    "head",
    [
        b"\x08\x0e\x3a\x33\x0a\x0c",  # what onnx 1.x writes with no producer
        b"\x08\x0e\x12\x07pytorch\x1a\x032.4\x3a\x33",
        b"\x08\x0a\x12\x08skl2onnx\x1a\x061.20.0",
    ],
)
def test_an_onnx_model_is_known(head: bytes, tmp_path: Path) -> None:
    assert inspect(file(tmp_path, head + bytes(50))).format == "onnx"


def saved_model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"\x08\x01\x12\x02\x0a\0")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    return folder


def test_a_saved_model_is_a_folder(tmp_path: Path) -> None:
    assert inspect(saved_model(tmp_path)) == ModelFile("saved-model", 11)


@pytest.mark.parametrize("part", ["saved_model.pb", "variables/variables.index"])
@pytest.mark.parametrize(("content", "fault"), [(POINTER, "lfs-pointer"), (b"", "empty")])
def test_a_part_of_a_saved_model_may_be_none(part: str, content: bytes, fault: str, tmp_path: Path) -> None:
    folder = saved_model(tmp_path)
    (folder / part).write_bytes(content)

    evidence = fault_of(folder)

    assert evidence.values["fault"] == fault
    assert evidence.values["path"] == str(folder / part)


def test_keras_3_may_save_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(MODELS / "keras-3.keras") as archive:
        archive.extractall(tmp_path)

    assert inspect(tmp_path).format == "keras-v3"
    assert inspect(tmp_path).keras_version == "3.15.1"

    (tmp_path / "model.weights.h5").write_bytes(POINTER)
    assert fault_of(tmp_path).values["fault"] == "lfs-pointer"


def test_another_folder_is_no_model(tmp_path: Path) -> None:
    assert fault_of(tmp_path).values["found"] == "a folder without saved_model.pb"


@pytest.mark.parametrize("name", ["nowhere.keras", "nowhere/model.keras"])
def test_a_missing_file_is_told_by_its_path(name: str, tmp_path: Path) -> None:
    evidence = fault_of(tmp_path / name)

    assert evidence.values["fault"] == "missing"
    assert evidence.text == f"There is no file {tmp_path / name}."


@pytest.mark.parametrize("name", ["a\0b", "n" * 5000])
def test_a_path_that_can_not_be_is_a_fault_too(name: str, tmp_path: Path) -> None:
    assert fault_of(tmp_path / name).values["fault"] == "unreadable"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert fault_of(tmp_path / "pipe").values["fault"] == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    path = file(tmp_path, b"x")
    path.chmod(0)

    assert "Permission denied" in fault_of(path).text


def test_the_digest_is_that_of_the_whole_file(tmp_path: Path) -> None:
    content = os.urandom((1 << 20) + 7)

    assert sha256_of(file(tmp_path, content)) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("form", ["{}", "  {}\n", "sha256:{}"])
def test_the_pinned_digest_may_be_written_in_several_ways(form: str, tmp_path: Path) -> None:
    path = file(tmp_path, b"model")
    digest = hashlib.sha256(b"model").hexdigest()

    assert verify_sha256(path, form.format(digest)) == digest
    assert verify_sha256(path, form.format(digest).upper()) == digest


def test_another_digest_is_a_fault_that_tells_both(tmp_path: Path) -> None:
    found, expected = (hashlib.sha256(content).hexdigest() for content in (b"model", b"another"))

    with pytest.raises(Fault) as raised:
        verify_sha256(file(tmp_path, b"model"), expected)

    evidence = raised.value.evidence
    assert evidence.text == f"model.keras: expected SHA-256 {expected[:12]}…, found {found[:12]}…."
    assert evidence.values["fault"] == "checksum"
    assert (evidence.values["expected"], evidence.values["found"]) == (expected, found)


def test_what_is_no_digest_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(Fault, match=re.escape("6 characters that are no SHA-256")) as raised:
        verify_sha256(file(tmp_path, b"model"), "secret")

    assert "secret" not in str(raised.value.evidence.values)


def test_a_folder_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="a folder, which has no SHA-256"):
        verify_sha256(tmp_path, "0" * 64)
