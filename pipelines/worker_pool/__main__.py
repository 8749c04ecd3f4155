"""`python -m pipelines.worker_pool`: serve until SIGTERM or Ctrl-C."""

import argparse
import logging
import re
import signal
import sys
import threading
from collections.abc import Sequence

from pipelines.process_environment import set_environment
from pipelines.worker_pool.servicer import serve
from schemas.errors import ConfigError

_ADDRESS = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
_DEFAULT = "127.0.0.1:50000"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.worker_pool",
        description="Start Beam workers for a Flink cluster. Whoever reaches the address can run "
        "code here: bind it to other than loopback only inside a closed network.",
    )
    parser.add_argument("--address", default=_DEFAULT, metavar="HOST:PORT", help=_DEFAULT)
    address = parser.parse_args(arguments).address
    if not _ADDRESS.fullmatch(address):
        parser.error(f"--address is {address!r}, expected host:port, such as {_DEFAULT}")
    set_environment()
    # Imports have set up logging already, which would win without `force`.
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr, force=True
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with serve(address):
            ended.wait()
    except ConfigError as error:
        sys.stderr.write(f"worker pool: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
