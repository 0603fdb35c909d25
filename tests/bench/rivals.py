"""Who else can serve a finished page: nginx from files, Varnish from memory, actix-web and nothing else."""

from __future__ import annotations

import getpass
import gzip
import json
import os
import shutil
from pathlib import Path

from asking import Answer
from processes import Process, free_port

# Debian keeps servers there, outside many users' PATH.
os.environ["PATH"] += os.pathsep + "/usr/sbin"

# Of a connection, not of a page; every server writes its own.
OWN_HEADERS = (
    "content-length",
    "date",
    "connection",
    "keep-alive",
    "server",
    "transfer-encoding",
    "via",
    "x-varnish",
    "age",
)


def is_installed(program: str) -> bool:
    return shutil.which(program) is not None


class Rival:
    """A server that has one page, at `url`."""

    process: Process
    url: str

    def __enter__(self) -> Rival:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def pids(self) -> list[int]:
        return self.process.pids()


NGINX = """
daemon off;
{user}
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 1024; use epoll; }}
http {{
  access_log off;
  sendfile {sendfile};
  tcp_nopush {sendfile};
  tcp_nodelay on;
  keepalive_timeout 65;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=1h;
  open_file_cache_valid 1h;
  open_file_cache_errors on;
  gzip_static on;
  gzip_vary on;
  server_tokens off;
  types {{ text/html html; application/json json; }}
  charset utf-8;
  charset_types text/html application/json;
  {paths}
  {headers}
  server {{ listen 127.0.0.1:{port} backlog=1024; root {home}/files; }}
}}
"""


# What nginx says by itself of a file.
HEADERS_OF_A_FILE = ("content-type", "content-encoding", "vary", "etag", "last-modified", "accept-ranges")


class Nginx(Rival):
    """Static files as nginx serves them best: descriptors kept open, no log, compressed files beside the others. With `headers` of an
    answer of ours it sends those, too, as somebody would have it who wants the same protection for visitors."""

    def __init__(
        self,
        home: Path,
        plain: Answer,
        compressed: Answer,
        sendfile: bool,
        headers: tuple[tuple[str, str], ...] = (),
    ):
        files = home / "files"
        shutil.rmtree(home, ignore_errors=True)
        files.mkdir(parents=True)
        name = "page.json" if "json" in plain.header("content-type") else "page.html"
        (files / name).write_bytes(plain.body)
        if compressed.encoding == "gzip":
            (files / f"{name}.gz").write_bytes(compressed.body)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        port = free_port()
        configuration = home / "nginx.conf"
        configuration.write_text(
            NGINX.format(
                home=home,
                port=port,
                sendfile="on" if sendfile else "off",
                user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
                paths="\n  ".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds),
                headers="\n  ".join(
                    f"add_header {name} {json.dumps(value)};"
                    for name, value in headers
                    if name not in OWN_HEADERS + HEADERS_OF_A_FILE
                ),
            )
        )
        self.process = Process(
            ["nginx", "-p", str(home), "-e", f"{home}/error.log", "-c", str(configuration)],
            home / "nginx.log",
        )
        self.process.await_port(port)
        self.url = f"http://127.0.0.1:{port}/{name}"


VCL = """
vcl 4.1;
backend shop {{ .host = "127.0.0.1"; .port = "{port}"; }}
sub vcl_recv {{ return (hash); }}
sub vcl_backend_response {{ set beresp.ttl = 1d; return (deliver); }}
"""


class Varnish(Rival):
    """The same page from Varnish's memory, fetched from the shop once. It keeps a page per encoding, as it came."""

    def __init__(self, home: Path, page: str):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        scheme, _, rest = page.partition("://")
        authority, _, path = rest.partition("/")
        configuration = home / "page.vcl"
        configuration.write_text(VCL.format(port=authority.rpartition(":")[2]))
        port = free_port()
        self.process = Process(
            [
                "varnishd",
                "-F",
                "-j",
                "none",
                "-n",
                f"{home}/state",
                "-a",
                f"127.0.0.1:{port}",
                "-f",
                str(configuration),
                "-s",
                "malloc,64m",
                "-p",
                "http_gzip_support=off",
                "-p",
                "thread_pools=1",
            ],
            home / "varnish.log",
        )
        self.process.await_port(port)
        self.url = f"{scheme}://127.0.0.1:{port}/{path}"


class Bare(Rival):
    """actix-web with one handler that returns the bytes: with the content's own headers, or with all that ours sent."""

    def __init__(self, home: Path, program: Path, page: str, answer: Answer, with_all_headers: bool):
        home.mkdir(parents=True, exist_ok=True)
        body, headers = home / "body", home / "headers"
        body.write_bytes(answer.body)
        wanted = [
            (name, value)
            for name, value in answer.headers
            if name not in OWN_HEADERS and (with_all_headers or name in ("content-type", "content-encoding"))
        ]
        headers.write_text("".join(f"{name}: {value}\n" for name, value in wanted))
        self.process = Process([str(program), "0", str(body), str(headers)], home / "bare.log")
        self.url = self.process.await_line("listening on ") + "/" + page.split("/", 3)[3]


def same_page(expected: Answer, given: Answer) -> str | None:
    """Why two answers are not the same page; `None` if they are."""
    if given.status != 200:
        return f"status {given.status}"
    if given.encoding != expected.encoding:
        return f"content-encoding {given.encoding} instead of {expected.encoding}"
    if given.body != expected.body:
        return f"{len(given.body)} other bytes instead of {len(expected.body)}"
    return None


def unpacked(answer: Answer) -> bytes:
    return gzip.decompress(answer.body) if answer.encoding == "gzip" else answer.body
