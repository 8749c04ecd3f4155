"""Messages on lines of label files that are no rows."""

_SHOWN = 120  # Characters of a line that a message repeats.


def decode_line(line: bytes) -> tuple[str, str | None]:
    """(text of a line, fault of its bytes or None)."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        came = f"byte {line[error.start]:#04x} at {error.start}"
        return _shown(line), malformed(line, came, "UTF-8 text")
    return text, malformed(line, "a NUL byte", "text") if "\0" in text else None


def malformed(line: bytes, came: str, expected: str) -> str:
    """The message on a line that is no row."""
    return (
        f"{came} in the line {shorten(_shown(line))}, expected {expected}; correct or remove the "
        "line"
    )


def outside_root(path: str) -> str:
    """The message on a path that leaves the image root."""
    return (
        f"the path {shorten(path)} leaves the image root, expected one below it; "
        "correct or remove the line"
    )


def shorten(text: str) -> str:
    """The text in quotes, truncated if it is long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _shown(line: bytes) -> str:
    return line.decode("utf-8", errors="backslashreplace")
