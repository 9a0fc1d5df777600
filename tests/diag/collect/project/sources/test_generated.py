"""Code that protoc has generated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

APP = "import rain_pb2\napp = rain_pb2.app\n"
BEFORE_3_19 = (
    "from google.protobuf import descriptor as _descriptor\nX = _descriptor.FieldDescriptor(\n  name='a')\n"
)
SINCE_3_19 = "from google.protobuf.internal import builder as _builder\n_builder.BuildMessageAndEnumDescriptors(1, 2)\n"
BY_6_31 = """from google.protobuf import runtime_version as _runtime_version
_runtime_version.ValidateProtobufRuntimeVersion(
    _runtime_version.Domain.PUBLIC,
    6,
    31,
    1,
    '',
    'rain.proto'
)
"""


def of(folder: Path, code: str, protobuf: str) -> list[str]:
    files = {"app.py": APP, "rain_pb2.py": code}
    return told(findings(folder, files, gives=("google",), versions={"protobuf": protobuf}))


@pytest.mark.parametrize(
    ("code", "protobuf", "expected"),
    [
        (BEFORE_3_19, "4.25.1", ["fail likely protobuf-code rain_pb2.py:2"]),
        (BEFORE_3_19, "3.20.3", []),
        (SINCE_3_19, "6.33.0", []),
        (BY_6_31, "5.29.5", ["fail certain protobuf-code rain_pb2.py:2"]),
        (BY_6_31, "5.29.5+", ["fail likely protobuf-code rain_pb2.py:2"]),
        (BY_6_31, "6.31.1", []),
        (BY_6_31, "7.34.0", []),
    ],
)
def test_code_against_the_runtime(tmp_path: Path, code: str, protobuf: str, expected: list[str]) -> None:
    assert of(tmp_path, code, protobuf) == expected


def test_pure_python_runs_the_old_code(tmp_path: Path) -> None:
    code = "import os\nos.environ['PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'] = 'python'\n" + BEFORE_3_19
    assert of(tmp_path, code, "4.25.1") == []
