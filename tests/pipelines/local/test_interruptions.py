"""Signals that end a run."""

import os
import signal
import time

import pytest

from pipelines.local.run import SECONDS_TO_UNWIND, RunFailedError, interruptions

LONG = 1.5 * SECONDS_TO_UNWIND


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


class Noisy:
    """Its destructor meets the signal; Python ignores what a destructor raises."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def swallow() -> None:
    with interruptions() as interrupted:
        Noisy()
        assert interrupted()
        time.sleep(LONG)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_a_destructor_swallowed_is_raised_again() -> None:
    with pytest.raises(KeyboardInterrupt):
        swallow()

    time.sleep(LONG)  # Nothing comes after.


def clean_up(cleaned: list[bool]) -> None:
    with interruptions():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            time.sleep(LONG)
            cleaned.append(True)


def test_a_clean_up_has_its_time() -> None:
    cleaned: list[bool] = []

    with pytest.raises(KeyboardInterrupt):
        clean_up(cleaned)

    assert cleaned
