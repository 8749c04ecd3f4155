"""The command line: words, messages and exit statuses; the work is done elsewhere.

Nothing heavy is imported before a command is chosen: `--help` answers at once.
"""

import sys
from collections.abc import Sequence

from pipelines.cli.arguments import parse
from pipelines.cli.commands import dispatch
from schemas.errors import ConfigError, DataError

DONE, FAILED, USAGE, NOT_BLESSED = 0, 1, 2, 3


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status.

    0 done, 1 the run failed, 2 wrong usage or config, 3 done but the model was not blessed.
    """
    try:
        return dispatch(parse(sys.argv[1:] if words is None else words))
    except ConfigError as error:
        print(f"facefold: {error}", file=sys.stderr)
        return USAGE
    except DataError as error:
        print(f"facefold: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED  # The reader of our output went away, as `| head` does.
    except UnicodeEncodeError as error:
        print(f"facefold: the output cannot be written as {error.encoding}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("facefold: interrupted", file=sys.stderr)
        return FAILED
