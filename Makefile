# Everything a developer types. `make` alone lists the targets; `make test` is the whole gate.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

CARGO ?= cargo
DOCKER ?= docker
IMAGE ?= vitrine

# `mysql` and `s3` come on top of the defaults, `sqlite` and `mail`: this build holds everything, so the tests, the
# documentation and the browser test share it. --locked: the gate tests what Cargo.lock says.
FULL := --locked --features mysql,s3
TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
export VITRINE_BIN ?= $(TARGET_DIR)/debug/vitrine

# The real servers are here, so a test that does not find them has failed instead of being skipped.
WITH_REDIS := VITRINE_TEST_REQUIRE_SERVICES=1 tests/services/redis.sh run
WITH_SERVICES := $(WITH_REDIS) tests/services/mariadb.sh run

.PHONY: help run test fmt lint test-unit loom test-integration test-rust test-mysql test-browser chaos cluster disaster bench bench-live bench-overload search-eval search-typos search-bench install image image-test clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the shop on http://127.0.0.1:8080 (SQLite, no service needed)
	$(CARGO) run --release

test: install lint test-rust test-browser ## install what is missing, lint, run every test on every database

fmt: ## format the Rust code
	$(CARGO) fmt

lint: ## formatting, clippy on each set of features, documentation
	$(CARGO) fmt --check
	$(CARGO) clippy $(FULL) --all-targets -- -D warnings
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --no-default-features --features mysql --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(FULL) --no-deps --document-private-items

test-unit: ## tests inside the modules; no service needed
	$(CARGO) test --locked --lib --bins

loom: ## every order in which threads can meet at the cache's rule; part of the unit tests
	$(CARGO) test --locked --lib loom

test-integration: install ## tests over HTTP, on SQLite and on MariaDB with replicas, with Redis (NAME=part of a test's name)
	$(WITH_SERVICES) $(CARGO) test $(FULL) --test it -- $(NAME)

# The unit tests run a second time as the README's first command builds them: without MySQL.
test-rust:
	$(CARGO) test --locked --lib
	$(WITH_SERVICES) $(CARGO) test $(FULL) --no-fail-fast

test-mysql: ## the integration tests on MySQL 9 instead of MariaDB; skipped where apt cannot provide it
	$(WITH_REDIS) tests/services/mysql.sh run $(CARGO) test $(FULL) --no-fail-fast --test it -- $(NAME)

test-browser: install ## the shop in Chromium, at phone and desktop width
	$(CARGO) build $(FULL)
	$(WITH_SERVICES) env --chdir=tests/browser node --test

# `make test` has a short form of it. Servers of its own, since it freezes and kills them.
chaos: install ## break servers, cables, disks, Redis and the program itself under load; prints who noticed (a quarter of an hour)
	VITRINE_TEST_REQUIRE_SERVICES=1 $(CARGO) test $(FULL) --test chaos -- --ignored
	VITRINE_TEST_REQUIRE_SERVICES=1 $(CARGO) test $(FULL) --test it -- --ignored ten_thousand_events

# `make test` has a short form of this, too. With UP=1 nothing is tested; the interrupt that ends it is for the cluster, which
# stops its servers in order, and not for cargo.
cluster: install ## the shop as many nodes behind HAProxy with TLS on this machine: kill, drain, replace and add nodes (UP=1: just run it)
ifdef UP
	$(CARGO) test $(FULL) --test cluster --no-run
	trap '' INT; $(CARGO) test $(FULL) --test cluster -- --ignored --nocapture the_cluster_stays_up
else
	VITRINE_TEST_REQUIRE_SERVICES=1 $(CARGO) test $(FULL) --test cluster -- --include-ignored --skip the_cluster_stays_up
endif

# Not part of `make test`: it takes as long as an import of so many products.
disaster: ## lose databases of 100,000 products under writes, restore them from what was shipped; prints RPO and RTO (ten minutes)
	$(CARGO) build --release $(FULL)
	tests/bench/disaster.py $(TARGET_DIR)/release/vitrine --database sqlite
	tests/bench/disaster.py $(TARGET_DIR)/release/vitrine --database mariadb

# Not part of `make test`; BENCH holds options (tests/bench/README.md). First the program as it ships, then what it is
# compared with: in one build the tests' libraries could switch on features of the program's.
bench: ## measure the shop beside nginx, Varnish and bare actix-web; writes docs/benchmarks.md (75 minutes; BENCH=--quick: ten)
	$(CARGO) build --profile dist $(FULL)
	$(CARGO) build --profile dist $(FULL) --example bare
	$(CARGO) bench $(FULL) --profile dist --bench hit --no-run
	CARGO_TARGET_DIR=$(TARGET_DIR) tests/bench/run.py $(BENCH)

# The graded answers do not come with the program: tests/search/eval.py says where it looks for them.
search-eval: ## measure how well the search ranks, through the API of a fresh shop (EVAL="--data FOLDER")
	$(CARGO) build --release $(FULL)
	tests/search/eval.py $(TARGET_DIR)/release/vitrine $(EVAL)

search-typos: ## measure how many slips of one letter the search forgives, in the demo shop and 10,000 products (EVAL="--most 100")
	$(CARGO) build --release $(FULL)
	tests/search/typos.py $(TARGET_DIR)/release/vitrine $(EVAL)

# Prints Markdown; docs/search.md holds what was measured last. A million products take a quarter of an hour and 3 GiB of disk.
search-bench: ## measure searches beside SQLite FTS5 and MariaDB FULLTEXT (SIZES="10000 100000 1000000")
	$(CARGO) build --release $(FULL) --example search-speed
	tests/services/mariadb.sh run $(TARGET_DIR)/release/examples/search-speed $(or $(SIZES),10000 100000)

# Needs `ulimit -n` of twice as many and some more.
bench-live: ## measure idle sockets beside a bare server, one event to all of them, a herd that comes back (SOCKETS=10000)
	$(CARGO) build --profile dist $(FULL)
	$(CARGO) build --release $(FULL) --example live
	tests/services/redis.sh run tests/services/mariadb.sh run $(TARGET_DIR)/release/examples/live $(TARGET_DIR)/dist/vitrine $(SOCKETS)

# AT_ONCE: another limits.at_once than the default.
bench-overload: ## measure a shop that is asked for ten times what it can do: what is still made, how fast the rest is refused
	$(CARGO) build --release $(FULL)
	$(CARGO) build --release $(FULL) --example overload
	$(TARGET_DIR)/release/examples/overload $(TARGET_DIR)/release/vitrine $(AT_ONCE)
	tests/bench/sign_in.py $(TARGET_DIR)/release/vitrine

install: ## install what the tests need and this machine lacks (Debian packages, node packages)
	@tests/services/install.sh

image: ## build the container image
	DOCKER_BUILDKIT=1 $(DOCKER) build --tag $(IMAGE) .

# Not part of `make test`: it compiles the program anew, in a container. Says SKIPPED where there is no Docker.
image-test: ## build the container image and run it locked in, on SQLite and MariaDB: healthy, serving, drained, small
	tests/image/engine.sh run tests/services/mariadb.sh run tests/image/test.sh

clean: ## remove everything that was built
	$(CARGO) clean
	rm -rf tests/browser/node_modules
