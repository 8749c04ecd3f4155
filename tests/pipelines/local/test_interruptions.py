"""Signals that end a run."""

import os
import signal

import pytest

from pipelines.local.run import RunFailedError, interruptions


def end_by(number: signal.Signals, error: Exception) -> None:
    """What a library does that turns the interrupt into an error of its own."""
    with interruptions() as interrupted:
        assert not interrupted()
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt as cause:
            raise error from cause


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_an_interrupt_whatever_a_library_makes_of_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with pytest.raises(KeyboardInterrupt):
        end_by(number, ImportError("half of a module"))

    assert signal.getsignal(number) is before


def test_errors_without_a_signal_stay_and_a_run_says_itself_where_it_was_interrupted() -> None:
    with pytest.raises(ImportError), interruptions():
        raise ImportError("half of a module")

    with pytest.raises(RunFailedError, match="interrupted in Trainer"):
        end_by(signal.SIGTERM, RunFailedError("interrupted in Trainer"))
