"""What is wrong with a line."""

import pytest

from components.ingest.line_faults import shorten
from components.ingest.sources.adience_files import is_header, line_fault, parse_number
from tests.components.ingest.small_data import HEADER, face_line


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0.0), ("-115", -115.0), ("+5", 5.0), ("1.5", 1.5), (".5", 0.5), ("1e-05", 1e-05)],
)
def test_parse_number_reads_decimal_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-Infinity", "1e39", "1e99", "1_0", "0x1", "1,5", " 1", "٣", "--1"]
)
def test_parse_number_refuses_all_other_texts(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        parse_number(text)


def test_a_well_formed_line_has_no_fault() -> None:
    assert line_fault(face_line()) is None
    assert line_fault(face_line(age="", gender="")) is None
    assert line_fault(b"u\ti\tf\t\t\t\t\t\t\t\t\t") is None  # Missing numbers.


@pytest.mark.parametrize(
    ("line", "came", "expected"),
    [
        (b"u1\ta.jpg", "2 columns", "12 tab-separated columns"),
        (face_line() + b"\t7", "13 columns", "12 tab-separated columns"),
        (face_line(user=""), "an empty user_id", "a name"),
        (face_line(face=""), "an empty face_id", "a name"),
        (face_line(image=""), "an empty original_image", "a name"),
        (face_line(image="a\0.jpg"), "a NUL byte", "text"),
        (face_line().replace(b"a.jpg", b"\xff.jpg"), "byte 0xff at 3", "UTF-8 text"),
        (face_line().replace(b"-5", b"left"), "tilt_ang 'left'", "a number or nothing"),
        (face_line().replace(b"15", b"nan"), "fiducial_yaw_angle 'nan'", "a number or nothing"),
        (face_line().replace(b"90", b"1e99"), "fiducial_score '1e99'", "a number or nothing"),
    ],
)
def test_a_malformed_line_says_what_came_and_what_was_expected(
    line: bytes, came: str, expected: str
) -> None:
    fault = line_fault(line)

    assert fault is not None
    assert fault.startswith(came)
    assert f"expected {expected}; " in fault
    assert fault.endswith("correct or remove the line")


def test_only_the_twelve_names_in_order_are_a_header() -> None:
    assert is_header(HEADER)
    assert is_header(HEADER.replace(b"user_id", b"user"))  # As in files edited by hand.
    assert is_header(b'"' + HEADER.replace(b"\t", b'"\t"') + b'"')  # As a spreadsheet quotes it.
    assert not is_header(HEADER.replace(b"original_image", b"image"))
    assert not is_header(HEADER.removeprefix(b"user_id\t"))
    assert line_fault(HEADER) is not None  # Never taken for a row.


def test_a_long_line_is_truncated_in_the_message() -> None:
    assert len(shorten("x" * 10_000)) < 200
    fault = line_fault(b"x" * 10_000)
    assert fault is not None
    assert len(fault) < 300
