"""A worker process: Beam's harness, which ends when the runner hangs up or the pool ends."""

import logging
import os
import signal
import sys
import threading

from apache_beam.runners.worker.sdk_worker import SdkHarness

_SEND_MS = 1000

_log = logging.getLogger(__name__)


def main(control: str, worker_id: str) -> None:
    """Serve the runner at the address `control`, then end, whatever threads are left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the pool decides.
    form = f"%(asctime)s worker {worker_id}: %(message)s"
    logging.basicConfig(format=form, stream=sys.stderr, force=True)
    threading.Thread(target=_end_with_pool, daemon=True).start()
    status = 0
    try:
        # Outputs are sent each second, so that Flink counts them (`beam.timeout`).
        SdkHarness(control, worker_id=worker_id, data_buffer_time_limit_ms=_SEND_MS).run()
    except Exception:  # noqa: BLE001 - a lost connection is one of many kinds.
        _log.warning("the runner hung up", exc_info=True)
        status = 1
    sys.stderr.flush()
    os._exit(status)


def _end_with_pool() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
