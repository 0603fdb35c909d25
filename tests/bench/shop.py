"""The shop under test: a process with settings of its own, on a database of its own."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from asking import Client, get
from processes import SERVER_CORE, Process, cpu_seconds

Settings = Mapping[str, object]

IMAGE_HOST = "images.example.com"

# Patience, because everything waits for one core: who waits too long for a connection is not the subject.
BASE: Settings = {
    "server.port": 0,
    "server.ops_port": 0,
    "server.workers": 1,
    "shop.image_hosts": IMAGE_HOST,
    "log.level": "warn",
    # In memory: several shops run in one folder.
    "search.path": "",
    "database.acquire_ms": 10_000,
    "database.frozen_ms": 15_000,
    "database.query_ms": 20_000,
    # All of the load comes from one address.
    **{f"limits.{name}": 0 for name in ("pages", "api", "search", "owner", "live", "key", "at_once")},
}

UNCACHED: Settings = {"cache.backend": "off"}
CACHED: Settings = {"cache.backend": "memory"}

# Database work of the shop's own, which goes on whether anybody asks or not.
OWN_WORK = (
    "changes.",
    "change_head",
    "catalog.next_moment",
    "catalog.refresh_statistics",
    "setup_link",
    "heartbeat",
    "catalog.store_views",
    "catalog.views",
    "cache.",
    "search.",
    "catalog.indexed",
    "insight.",
)


def through_redis(port: int, l1_bytes: int | None = None) -> Settings:
    """Redis as the second layer and as the messenger between nodes; as the only layer with `l1_bytes` 0."""
    url = f"redis://127.0.0.1:{port}"
    settings = {
        "cache.backend": "redis",
        "cache.redis_url": url,
        "realtime.backend": "redis",
        "realtime.redis_url": url,
    }
    return settings if l1_bytes is None else {**settings, "cache.l1_bytes": l1_bytes}


@cache
def known_settings(program: Path) -> frozenset[str]:
    """The settings that this build has. It refuses others, and those that it lacks are left out."""
    shown = subprocess.run([program, "config", "show"], check=True, capture_output=True, text=True).stdout
    return frozenset(f"{section}.{key}" for section, keys in tomllib.loads(shown).items() for key in keys)


def has_cache(program: Path) -> bool:
    return "cache.backend" in known_settings(program)


def environment(program: Path, settings: Settings) -> dict[str, str]:
    known = known_settings(program)
    return {
        f"VITRINE__{name.upper().replace('.', '__')}": str(value)
        for name, value in settings.items()
        if name in known
    }


class Shop:
    """A running node."""

    def __init__(
        self, program: Path, home: Path, database: Settings, settings: Settings, core: int = SERVER_CORE
    ):
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self._program = program
        self._settings = {**BASE, "media.store": f"file:{home}/media", **database, **settings}
        self._env = environment(program, self._settings)
        self._core = core
        self._start()

    def _start(self) -> None:
        command = [str(self._program), "serve", "--no-demo"]
        self.process = Process(command, self.home / "shop.log", self._env, self._core)
        self.base = self.process.await_line("listening on ")
        self.ops = self.process.await_line("health and metrics: ").partition("/readyz")[0]

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def key(self) -> str:
        """An API key that may change products."""
        command = [
            str(self._program),
            "key",
            "create",
            "--name",
            "bench",
            "--scope",
            "catalog:write",
            "--quiet",
        ]
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=self._env)
        return run.stdout.strip()

    def client(self, key: str = "") -> Client:
        return Client(self.base, key)

    def cpu_seconds(self) -> float:
        return cpu_seconds([self.process.pid])

    def metrics(self) -> dict[str, float]:
        """Every series by its name with labels, as Prometheus would read it."""
        text = get(f"{self.ops}/metrics").body.decode()
        series = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in series}

    def page_queries(self) -> int:
        """Pieces of database work done for pages since the start."""
        return sum(page_work(self.metrics()).values())

    def answers_by_origin(self) -> dict[str, int]:
        """How many answers came from memory (`l1`), from Redis (`l2`) and from handlers (`made`)."""
        found = {"l1": 0, "l2": 0, "made": 0}
        for name, value in self.metrics().items():
            if name == "cache_fills_total":
                found["made"] = int(value)
            elif name.startswith("cache_requests_total{"):
                labels = dict(re.findall(r'(\w+)="([^"]*)"', name))
                if labels.get("result") in ("hit", "stale"):
                    found[labels["layer"]] += int(value)
        return found


def page_work(metrics: Mapping[str, float]) -> dict[str, int]:
    """Database work by its name, without what the shop does by itself."""
    found: dict[str, int] = {}
    for series, value in metrics.items():
        if series.startswith("db_client_operation_duration_seconds_count{"):
            match = re.search(r'db_operation_name="([^"]*)"', series)
            name = match.group(1) if match else ""
            if not name.startswith(OWN_WORK):
                found[name] = found.get(name, 0) + int(value)
    return found
