# The shop as a container image: one binary, SQLite and MySQL, no root.
#
#   docker build -t vitrine .
#   docker run -p 8080:8080 -v vitrine:/data vitrine
#
# The base images are arguments, for registries of one's own and for builds without the public one.
ARG RUST_IMAGE=rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
# A C compiler for the SQLite that is built in comes with the image; the MySQL client comes from Debian.
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlive the layer, so a second build compiles only what changed. They are no part of
# the image: the binary is copied out in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --features mysql \
 && cp target/release/vitrine /vitrine

FROM ${RUNTIME_IMAGE}
# libmariadb3 brings the caching_sha2_password plugin too, without which MySQL 8 and newer refuse the login.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libmariadb3 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /vitrine /usr/local/bin/vitrine

ENV VITRINE__SERVER__HOST=0.0.0.0 \
    VITRINE__SERVER__OPS_HOST=0.0.0.0 \
    VITRINE__DATABASE__PRIMARY=sqlite:/data/vitrine.db \
    VITRINE__MEDIA__STORE=file:///data/media

# A number, so that Kubernetes can see by itself that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
# The shop; health and metrics (for the operator: do not publish 9100 to the internet).
EXPOSE 8080 9100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD ["vitrine", "healthcheck"]

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Vitrine" \
      org.opencontainers.image.description="The product catalog of a small shop: pages, admin and REST API in one binary." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="The Vitrine authors" \
      org.opencontainers.image.version="${VERSION}"

ENTRYPOINT ["vitrine"]
CMD ["serve"]
