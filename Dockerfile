# The shop as a container image: one program and the libraries that it needs. No shell, no package manager, no root.
#
#   docker build --tag vitrine .
#   docker run --read-only --cap-drop ALL --publish 8080:8080 --volume vitrine:/data vitrine
#
# The base images are arguments, for registries of one's own, for pinned digests, and for builds without the public registry.
# The build image is a Debian with Rust; the runtime image may be any, since nothing of it is needed.
ARG RUST_IMAGE=rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=scratch

FROM ${RUST_IMAGE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# The C compiler is for the SQLite that is built in; the MySQL client is Debian's, with its security updates.
# hadolint ignore=DL3008
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates gcc libc6-dev libmariadb-dev pkg-config
WORKDIR /src
COPY . .
# For `build_info` of /metrics.
ARG REVISION=unknown
# The caches outlive the layer, so a second build compiles only what changed. They are no part of the image: the program is
# copied out in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    VITRINE_COMMIT=$REVISION VITRINE_RUSTC=$(rustc --version | cut -d ' ' -f 2) \
    CARGO_HOME=/usr/local/cargo cargo build --locked --profile dist --features mysql,s3 \
 && install -D target/dist/vitrine /image/usr/local/bin/vitrine
# What the program loads, and what its libraries look for by themselves: ways to sign in to MySQL (caching_sha2_password), the
# order in which names are looked up, authorities to believe.
RUN plugins=$(dirname "$(dpkg --listfiles libmariadb3 | grep '/caching_sha2_password.so$')") \
 && ldd /image/usr/local/bin/vitrine "$plugins"/*.so \
      | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/lib/ && $1 !~ /:$/ { print $1 }' | sort --unique > /libraries \
 && xargs --arg-file /libraries cp --parents --dereference --target-directory /image \
 && cp --parents --recursive "$plugins" /etc/ssl/certs/ca-certificates.crt /image \
# Which packages they are of, so that a scanner knows what is in the image; it looks where images without a package manager have it.
 && mkdir --parents /image/var/lib/dpkg/status.d \
 && cp --dereference /etc/os-release /image/etc/ \
 && sed 's|.*/|*/|' /libraries | xargs dpkg --search | cut --delimiter : --fields 1 | sort --unique \
      | while read -r package; do dpkg --status "$package" > "/image/var/lib/dpkg/status.d/$package"; done \
 && printf 'hosts: files dns\n' > /image/etc/nsswitch.conf \
 && printf 'vitrine:x:10001:10001::/data:/\n' > /image/etc/passwd \
 && mkdir /empty

FROM ${RUNTIME_IMAGE}
COPY --from=build /image/ /
# The one folder that may be written to: the SQLite file and pictures, and for a while what is on its way to a bucket.
COPY --from=build --chown=10001:10001 /empty/ /data/

ENV PATH=/usr/local/bin \
    VITRINE__SERVER__HOST=0.0.0.0 \
    VITRINE__SERVER__OPS_HOST=0.0.0.0 \
    VITRINE__DATABASE__PRIMARY=sqlite:/data/vitrine.db \
    VITRINE__MEDIA__STORE=file:///data/media \
    VITRINE__SEARCH__PATH=/data/search \
    TMPDIR=/data

# A number, so that Kubernetes can see by itself that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
# The shop; health and metrics (for the operator: do not publish 9100 to the internet).
EXPOSE 8080 9100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["vitrine", "healthcheck"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vitrine" \
      org.opencontainers.image.description="The product catalog of a small shop: pages, admin and REST API in one program." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="The Vitrine authors" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

ENTRYPOINT ["vitrine"]
CMD ["serve"]
