"""One node: taken out, given a version, checked, put back. Must not know of the others, except whether there are any."""

import http.client
import json
import re
import subprocess

from .waiting import Failed, Refused, say, until

# What a node of a role must show at its own address; one that shows the shop also a product, as this tells of it.
PAGES = {"catalog": ["/", "/products", "/robots.txt"], "admin": ["/login"], "realtime": []}
PRODUCTS = "/api/v1/products?limit=1"

# So many requests do not pass by a node that is in service, whatever is asked.
MANY = 20


class Node:
    def __init__(self, cluster, facts):
        self.cluster, self.name, self.role = cluster, facts["name"], facts["role"]
        self.backend, self.host = facts["backend"], facts["host"]
        self.fixed, self.port, self.ops_port = facts.get("address"), facts.get("port", 8080), facts.get("ops_port", 9100)
        if self.role not in PAGES:
            raise Refused(f"{self.name}: the role {self.role} is none of {', '.join(PAGES)}")
        if not self.fixed and "address" not in cluster.commands:
            raise Refused(f"{self.name} has no address, and there is no command that tells it")

    def address(self):
        if self.fixed:
            return self.fixed
        told = self.cluster.shell("address", output=subprocess.PIPE, limit=30, NODE=self.name)
        return told.stdout.strip()

    def get(self, path, port):
        """The status and the text of an answer; None without one."""
        line = http.client.HTTPConnection(self.address(), port, timeout=5)
        try:
            line.request("GET", path, headers={"Host": self.host, "X-Forwarded-Proto": "https"})
            answer = line.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()

    def metric(self, pattern):
        status, text = self.get("/metrics", self.ops_port) or (None, "")
        found = re.search(pattern, text, re.MULTILINE) if status == 200 else None
        return found and found[1]

    def started(self):
        return self.metric(r"^process_start_time_seconds (\S+)$")

    def slot(self):
        """What the load balancer knows of it; None when it does not know it."""
        own = f"{self.address()}:{self.port}"
        return next((slot for slot in self.cluster.balancer.slots(self.backend) if slot["addr"] == own), None)

    def others(self):
        own = f"{self.address()}:{self.port}"
        slots = self.cluster.balancer.slots(self.backend)
        return [slot for slot in slots if slot["addr"] != own and slot["status"].startswith("UP")]

    def bring(self, version, build):
        """The version on this node, in service; build is the number that it shows then."""
        waits, environment = self.cluster.waits, {"NODE": self.name, "VERSION": version, "ADDRESS": self.fixed or ""}
        until(f"another node of {self.backend} is in service", waits["service"], self.others)
        slot, started = self.slot(), self.started()
        if slot:
            self.drain(slot["svname"], waits["drain"])
        for step in ("stop", "start"):
            if self.cluster.shell(step, limit=waits["command"], **environment).returncode != 0:
                raise Failed(f"{self.name}: `{step}` failed")
        ready = lambda: (self.get("/readyz", self.ops_port) or (0,))[0] == 200
        until(f"{self.name} is ready (/readyz)", waits["ready"], ready)
        if started and self.started() == started:
            raise Failed(f"{self.name}: the process of before still answers: did `stop` stop it?")
        self.check(build)
        self.serve(slot and slot["svname"], waits)

    def drain(self, slot, limit):
        self.cluster.balancer.order(self.backend, slot, "drain")

        def is_empty():
            seen = self.slot()
            return not seen or seen["scur"] == seen["qcur"] == "0"

        try:
            until("its requests end", limit, is_empty)
        except Failed:
            say(f"{self.name}: still has connections after {limit} s; they end with the program")

    def check(self, build):
        """The smoke check: what people and programs ask for first, and whether it is the version it should be."""
        shown = self.metric(r'^build_info\{.*?version="([^"]*)"')
        if shown != build:
            raise Failed(f"{self.name}: shows version {shown}, not {build}")
        pages = list(PAGES[self.role])
        if self.role == "catalog":
            pages += self.first_product()
        for page in pages:
            self.shown(page)

    def first_product(self):
        """Its addresses; none in an empty shop."""
        try:
            products = json.loads(self.shown(PRODUCTS))["data"]
            pairs = [(f"/api/v1/products/{one['product_id']}", f"/products/{one['slug']}") for one in products]
            return [path for pair in pairs for path in pair]
        except (ValueError, KeyError, TypeError) as error:
            raise Failed(f"{self.name}: {PRODUCTS}: not a list of products: {error!r}") from None

    def shown(self, path):
        status, text = self.get(path, self.port) or ("no answer", "")
        if status != 200 or not text.strip():
            raise Failed(f"{self.name}: {path}: {status}")
        return text

    def serve(self, slot, waits):
        """Back in service, under the slot of before or, with another address, under another one."""
        order = self.cluster.balancer.order
        if slot:
            order(self.backend, slot, "ready")
        found = until(f"the load balancer knows {self.name}", waits["service"], self.slot)
        if found["svname"] != slot:
            order(self.backend, found["svname"], "ready")
        is_up = lambda: (seen := self.slot()) and seen["status"].startswith("UP") and seen
        before = until(f"{self.name} is in service", waits["service"], is_up)
        # A backup waits for its turn, and open sockets come when they come.
        if before["bck"] == "0" and self.role != "realtime":
            self.await_traffic(int(before["stot"]), waits["traffic"])

    def await_traffic(self, asked_before, limit):
        others_before = self.asked_of_others()

        def is_asked():
            seen = self.slot()
            return seen and int(seen["stot"]) > asked_before

        try:
            until("it is asked", limit, is_asked)
        except Failed:
            meanwhile = self.asked_of_others() - others_before
            if meanwhile > MANY:
                raise Failed(f"{self.name}: in service, but it gets none of {meanwhile} requests") from None
            say(f"{self.name}: in service; nobody asked for anything within {limit} s")

    def asked_of_others(self):
        return sum(int(slot["stot"]) for slot in self.others())
