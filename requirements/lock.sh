#!/bin/sh
# Locks every environment again, with hashes and without index addresses. Needs `uv` on the path.
set -eu
cd "$(dirname "$0")/.."
compile() { source=$1; shift; uv pip compile "$source" --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-strip-extras --custom-compile-command requirements/lock.sh --quiet --output-file "${source%.in}.txt" "$@"; }
# Lambda's Python 3.11 runs on Amazon Linux 2, so the layer needs wheels for an old glibc.
compile layers/common/requirements.in --override layers/common/overrides.txt \
    --python-platform x86_64-manylinux2014 --only-binary :all:
compile requirements/local.in --constraint layers/common/requirements.txt
compile requirements/check.in --constraint requirements/local.txt
compile requirements/runtime.in --constraint requirements/local.txt
compile requirements/migrate.in --constraint layers/common/requirements.txt
compile requirements/sam.in
compile requirements/audit.in
compile requirements/localstack.in
compile requirements/build.in --constraint requirements/localstack.txt
