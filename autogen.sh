#!/bin/sh
# Make configure and what it needs, in a fresh checkout.
set -e
cd "$(dirname "$0")"
mkdir -p build-aux
exec autoreconf --install --force
