#!/bin/sh
# Locks packages/core/python/data-packages.in: versions and hashes for CPython 3.9 and newer, every
# platform. Needs uv. The lock names no index, so that a user's own mirror serves.
set -eu
cd "$(dirname "$0")/../packages/core/python"
uv pip compile data-packages.in --output-file data-packages.lock.txt --upgrade \
  --universal --python-version 3.9 --only-binary :all: --generate-hashes \
  --no-annotate --no-emit-index-url --no-emit-find-links \
  --custom-compile-command scripts/lock-data-packages.sh
