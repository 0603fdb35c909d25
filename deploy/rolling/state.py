"""What a rollout has done so far. Must not know what a node is."""

import contextlib
import fcntl
import json
import os

from .waiting import Refused


class State:
    """What was done so far, in a file that is whole whenever this ends."""

    def __init__(self, path):
        self.path = path
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        # Held until this process ends.
        self.lock = open(f"{path}.lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("another rollout is at work") from None
        self.version, self.target, self.prepared, self.nodes, self.failure = None, None, False, {}, None
        with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
            self.__dict__.update(json.load(file))

    def note(self, **facts):
        self.__dict__.update(facts)
        kept = {name: getattr(self, name) for name in ("version", "target", "prepared", "nodes", "failure")}
        with open(f"{self.path}.new", "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{self.path}.new", self.path)

    def note_node(self, name, step):
        self.note(nodes=self.nodes | {name: step})

    def end(self, version):
        self.note(version=version, target=None, prepared=False, nodes={}, failure=None)
