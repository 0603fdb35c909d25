"""HAProxy, told and asked while it runs. Must not know what a version is."""

import csv
import socket
import subprocess

from .waiting import Failed


class Balancer:
    """HAProxy, over its socket: a path, or a command that passes on what it is fed."""

    def __init__(self, where):
        self.where = where

    def tell(self, command):
        if not self.where.startswith("/"):
            return self.passed_on(command)
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(10)
                line.connect(self.where)
                line.sendall(f"{command}\n".encode())
                with line.makefile(encoding="utf-8") as answer:
                    return answer.read()
        except OSError as error:
            raise Failed(f"the load balancer cannot be reached: {self.where}: {error}") from None

    def passed_on(self, command):
        line = ["sh", "-c", self.where]
        try:
            done = subprocess.run(line, input=f"{command}\n", capture_output=True, text=True, timeout=10, check=True)
        except subprocess.SubprocessError as error:
            raise Failed(f"the load balancer cannot be reached: {error}: {error.stderr}") from None
        return done.stdout

    def slots(self, backend):
        table = self.tell(f"show stat {backend} 4 -1").removeprefix("# ")
        return [row for row in csv.DictReader(table.strip().splitlines()) if row.get("addr")]

    def order(self, backend, slot, state):
        said = self.tell(f"set server {backend}/{slot} state {state}").strip()
        if said:
            raise Failed(f"the load balancer refused: {said}")
