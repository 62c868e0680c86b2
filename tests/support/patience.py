"""Waiting for what is sure to come: no test depends on how long that takes."""
import time

import pytest

SECONDS = 60  # a sanitizer build on a busy machine


def eventually(asks, what, seconds=SECONDS):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := asks():
            return found
        time.sleep(0.02)
    pytest.fail(f"never happened: {what}")
