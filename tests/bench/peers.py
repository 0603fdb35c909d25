"""Other shops, measured before on a machine of this kind.

Server and database had core 0, wrk with 32 connections core 1. They need node, Python, PostgreSQL and gigabytes,
so they are not part of a run. CPU per request is the sturdier number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    name: str
    rate: float
    cpu_ms: float
    rate_10k: float
    cpu_ms_10k: float


VENDURE = Peer("Vendure 3.7.3, SQLite, search index", 353, 2.8, 25, 40)
LISTS_OF_24 = (
    VENDURE,
    Peer("EverShop 2.2.1, GraphQL, PostgreSQL", 46, 22, 44, 23),
    Peer("Medusa 2.21.2, PostgreSQL", 6.4, 168, 1.8, 559),
    Peer("Saleor 3.24 alpha, PostgreSQL, Redis", 6.4, 156, 6.4, 156),
    Peer("django-oscar 4.2.1, HTML", 4.4, 229, 1.2, 843),
)

CACHED_TIMES = 200
UNCACHED_TIMES = 12
