"""What CLUSTER says. Must not know in which order things are done."""

import os
import subprocess
import tomllib

from .balancer import Balancer
from .node import Node
from .waiting import Failed, Refused

# Seconds; CLUSTER's [wait] may say otherwise. `drain`: longer requests and open sockets are cut off then, in order.
WAITS = {"drain": 30, "command": 120, "ready": 60, "service": 30, "traffic": 10}


class Cluster:
    """What CLUSTER says: where everything is, and by which commands it is reached."""

    def __init__(self, path):
        try:
            with open(path, "rb") as file:
                self.facts = tomllib.load(file)
            self.commands = self.facts["commands"]
            for name in ("vitrine", "stop", "start"):
                self.commands[name]
            self.state = os.path.join(os.path.dirname(os.path.abspath(path)), self.facts["state"])
            self.balancer, self.backups = Balancer(self.facts["balancer"]), self.facts["backups"]
            self.nodes = [Node(self, facts) for facts in self.facts["nodes"]]
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise Refused(f"{path}: {error}") from None
        except KeyError as error:
            raise Refused(f"{path}: {error} is missing") from None
        self.waits = WAITS | self.facts.get("wait", {})

    def shell(self, name, *arguments, output=None, errors=None, limit=None, **environment):
        """Runs a command of CLUSTER; how it ended."""
        line = ["sh", "-c", self.commands[name], name, *arguments]
        try:
            return subprocess.run(
                line, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=errors, text=True, timeout=limit, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Failed(f"`{name}` did not end within {limit} s") from None

    def vitrine(self, version, *arguments, output=None, errors=None):
        return self.shell("vitrine", *arguments, output=output, errors=errors, VERSION=version)

    def build(self, version):
        """The number that this version shows in its metrics."""
        told = self.vitrine(version, "--version", output=subprocess.PIPE)
        if told.returncode != 0 or not told.stdout.strip():
            raise Refused(f"version {version} does not say its number: `vitrine --version` failed")
        return told.stdout.split()[-1]
