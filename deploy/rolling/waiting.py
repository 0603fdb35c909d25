"""What all parts of a rollout say and how they wait."""

import time
from datetime import datetime


class Refused(Exception):
    """Nothing was changed, and nothing will be."""


class Failed(Exception):
    """A node, or what was done for it, is not as it must be."""


def say(words):
    print(f"{datetime.now():%H:%M:%S} {words}", flush=True)


def until(what, seconds, look):
    """Waits for something that comes about by itself; the last look's answer."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return seen
