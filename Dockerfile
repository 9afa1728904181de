# batchtop in a container: the first stage builds the Debian package, the second
# is Debian 12 with that package and the certificates of the web.
#
#   docker build -t batchtop .
#   docker run --rm -it -v "$PWD:/data" batchtop corpus.jsonl
#
# No docker has built it yet. Each RUN line was run as it stands, by sh -c in a
# bare chroot of its own (debootstrap --variant=minbase bookworm), and COPY by
# cp; the ENTRYPOINT then embedded, stored and found a corpus in /data.

FROM debian:12 AS build
COPY . /src/batchtop
WORKDIR /src/batchtop
RUN apt-get update
RUN DEBIAN_FRONTEND=noninteractive apt-get build-dep -y -P nocheck --no-install-recommends ./
RUN DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -b -uc -us -Pnocheck

FROM debian:12
COPY --from=build /src/batchtop_*.deb /tmp/
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates /tmp/batchtop_*.deb && rm -rf /tmp/batchtop_*.deb /var/lib/apt/lists/*
# Checkpoints stay beside the corpus when the container is gone.
ENV LANG=C.UTF-8 BATCHTOP_CHECKPOINT_DIR=/data/checkpoints
WORKDIR /data
ENTRYPOINT ["batchtop"]
