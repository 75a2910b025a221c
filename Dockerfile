# syntax=docker/dockerfile:1
# The image of the automaton: docker build -t self-healing-automaton:0.1.0 .
#
# The program is built with the Swift runtime inside; Debian slim gets the packages of scripts/image/packages.txt; of that Debian the image
# takes the libraries that the program loads, and what scripts/image/contents.txt explains, and nothing else: no shell, no package manager.
# 'docker build --target debian' stops before that: the same program in Debian slim with its packages and a shell, to look around in.
# What the steps do is in scripts/image/, so that 'make image-check' does and checks the same where no Docker runs.

# Pin them by digest for a release: --build-arg DEBIAN=debian:bookworm-slim@sha256:…
ARG SWIFT=swift:6.3.1-bookworm
ARG DEBIAN=debian:bookworm-slim

FROM ${SWIFT} AS build
WORKDIR /src
COPY scripts/prerequisites.sh scripts/
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends make \
    && scripts/prerequisites.sh build \
    && rm -rf /var/lib/apt/lists/*
# The dependencies first: they change less often than the sources. Package.resolved, where there is one, says which versions.
COPY Package.swift Package.resolve[d] ./
RUN swift package resolve
COPY LICENSE Makefile ./
COPY Benchmarks Benchmarks
COPY Sources Sources
COPY Tests Tests
COPY scripts scripts
RUN make release \
    && build="$(swift build -c release --product automaton --static-swift-stdlib --show-bin-path)" \
    && install -D "$build/automaton" /out/automaton \
    && scripts/image/licences.sh "$build" /out/licences \
    && cp Package.resolved /out/

FROM ${DEBIAN} AS runtime
COPY scripts/image/install.sh scripts/image/packages.txt /src/scripts/image/
RUN /src/scripts/image/install.sh && rm -r /src

FROM runtime AS debian
COPY --from=build /out/automaton /usr/bin/automaton
COPY rules/*.yaml /etc/self-healing-automaton/rules/
RUN install -d -o 65532 -g 65532 /var/lib/self-healing-automaton
WORKDIR /etc/self-healing-automaton
USER 65532:65532
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/automaton"]
CMD ["run"]

FROM runtime AS root
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY scripts/image scripts/image
COPY rules rules
COPY --from=build /out /out
RUN scripts/image/root.sh /out/automaton /out/licences /image

# What the image is made of. Python is of this stage alone: the root is assembled by now.
FROM root AS sbom
ARG VERSION=0.1.0
ARG SOURCE_DATE_EPOCH=0
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends binutils python3 \
    && python3 scripts/image/sbom.py /image /out/Package.resolved "$VERSION" > /out/sbom.spdx.json \
    && install -m 644 /out/sbom.spdx.json /image/usr/share/self-healing-automaton/sbom.spdx.json \
    && touch -d "@$SOURCE_DATE_EPOCH" /image/usr/share/self-healing-automaton/sbom.spdx.json /image/usr/share/self-healing-automaton \
    && python3 scripts/image/contents.py /image

FROM scratch
ARG VERSION=0.1.0
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="self-healing-automaton" \
      org.opencontainers.image.description="Notices what is wrong in a Kubernetes namespace, and mends it within limits that it can prove" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
COPY --from=sbom /image/ /
# Relative to it, 'automaton demo' and 'automaton rules validate rules' find the rules that are inside.
WORKDIR /etc/self-healing-automaton
ENV HOME=/var/lib/self-healing-automaton
USER 65532:65532
EXPOSE 8000
# As kubelet sends it: it ends within 9 seconds, and gives the Lease back.
STOPSIGNAL SIGTERM
# No HEALTHCHECK: Kubernetes does not read it, it asks /healthz and /readyz (k8s/base), and there is no shell to run one in.
ENTRYPOINT ["/usr/bin/automaton"]
CMD ["run"]
