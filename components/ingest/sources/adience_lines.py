"""The lines of an Adience label file: twelve tab-separated columns, and what is wrong with one."""

import math
import re

HEADER = (
    "user_id",
    "original_image",
    "face_id",
    "age",
    "gender",
    "x",
    "y",
    "dx",
    "dy",
    "tilt_ang",
    "fiducial_yaw_angle",
    "fiducial_score",
)
NAMES = ("user_id", "face_id", "original_image")  # The path is made of them: never empty.
NUMBERS = ("tilt_ang", "fiducial_yaw_angle", "fiducial_score")  # Empty is a missing number.

BOM = b"\xef\xbb\xbf"

# The largest float32 has 39 digits before the point; `nan` and `inf` are no numbers here.
_NUMBER = re.compile(r"[+-]?([0-9]{1,20}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_FLOAT32_MAX = 3.4028234e38
_SHOWN = 120  # Characters of a wrong line that a message repeats.


def parse_number(text: str) -> float:
    """A finite decimal number that float32 can hold. Raises ValueError on every other text."""
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not abs(number) <= _FLOAT32_MAX:
        raise ValueError(f"{text!r} is no number")
    return number


def is_header(line: bytes) -> bool:
    """Whether the line names the twelve columns; the first may be renamed, as people do by hand."""
    return line.partition(b"\t")[2] == "\t".join(HEADER[1:]).encode()


def read_text(line: bytes) -> tuple[str, str | None]:
    """(the text of a line, what is wrong with its bytes or None)."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = line.decode("utf-8", errors="backslashreplace")
        came = f"byte {line[error.start]:#04x} at {error.start}"
        return shown, malformed(line, came, "UTF-8 text")
    return text, malformed(line, "a NUL byte", "text") if "\0" in text else None


def line_fault(line: bytes) -> str | None:
    """What is wrong with a line (without its line end): came, expected, mend; None if nothing."""
    text, fault = read_text(line)
    if fault:
        return fault
    fields = text.split("\t")
    if len(fields) != len(HEADER):
        return malformed(line, f"{len(fields)} columns", f"{len(HEADER)} tab-separated columns")
    return _field_fault(line, dict(zip(HEADER, fields, strict=True)))


def _field_fault(line: bytes, fields: dict[str, str]) -> str | None:
    for name in NAMES:
        if not fields[name]:
            return malformed(line, f"an empty {name}", "a name")
    for name in NUMBERS:
        try:
            parse_number(fields[name] or "0")
        except ValueError:
            return malformed(line, f"{name} {shorten(fields[name])}", "a number or nothing")
    return None


def malformed(line: bytes, came: str, expected: str) -> str:
    """The words for a line that is no row."""
    text = line.decode("utf-8", errors="backslashreplace")
    return f"{came} in the line {shorten(text)}, expected {expected}; correct or remove the line"


def outside_words(path: str) -> str:
    """The words for a path that leaves the image root."""
    return (
        f"the path {shorten(path)} leaves the image root, expected one below it; "
        "correct or remove the line"
    )


def shorten(text: str) -> str:
    """The text in quotes, cut where it is long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
