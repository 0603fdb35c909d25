"""One careful client: keeps its connection, keeps what came exactly as it came."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 15
PLAIN = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    @property
    def encoding(self) -> str:
        return self.header("content-encoding") or "identity"

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """A connection to one server, made anew when the server closes it."""

    def __init__(self, base: str, key: str = ""):
        self._connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=PATIENCE_S)
        self._key = key

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self._ask("GET", path, headers or PLAIN, None)

    def post(self, path: str, body: object) -> Answer:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        answer = self._ask("POST", path, headers, json.dumps(body))
        if answer.status not in (200, 201):
            raise RuntimeError(f"POST {path}: {answer.status} {answer.body[:500]!r}")
        return answer

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str | None) -> Answer:
        try:
            return self._ask_once(method, path, headers, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # An idle connection was closed; only reads are asked twice.
            self._connection.close()
            if method != "GET":
                raise
            return self._ask_once(method, path, headers, body)

    def _ask_once(self, method: str, path: str, headers: dict[str, str], body: str | None) -> Answer:
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        content = response.read()
        return Answer(
            response.status, tuple((name.lower(), value) for name, value in response.getheaders()), content
        )


def get(url: str, headers: dict[str, str] | None = None) -> Answer:
    """One question over a connection of its own."""
    parts = urlsplit(url)
    return Client(url).get(parts.path + (f"?{parts.query}" if parts.query else ""), headers)
