#!/bin/sh
# The one script. Needs python3 (3.11 or newer) with pip, and nothing done before.
#
#   ./build.sh                          the plugin: dist/dev.llmstream-v<version>.mbp
#   ./build.sh demo                     a room on this machine, to watch an answer being written
#   ./build.sh demo --once "question"   one answer, as it streams
#   ./build.sh test [pytest arguments]  every check and every test
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}

# environment EXTRAS: makes .venv with them, once for each state of pyproject.toml.
environment() {
    stamp=.venv/installed-$1.toml
    cmp -s pyproject.toml "$stamp" && return
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "llmstream needs Python 3.11 or newer; set PYTHON to one." >&2
        exit 1
    }
    [ -x .venv/bin/python ] || "$python" -m venv .venv || {
        rm -rf .venv
        echo "Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv)." >&2
        exit 1
    }
    echo "Installing what the $1 needs into .venv (once; a minute or two)…" >&2
    .venv/bin/python -m pip --disable-pip-version-check install --editable ".[$2]" >&2
    cp pyproject.toml "$stamp"
}

case ${1:-mbp} in
mbp)
    exec "$python" mbp/pack.py
    ;;
demo)
    shift
    environment demo bed,all
    exec .venv/bin/python -m tests.bed.demo "$@"
    ;;
test)
    shift
    environment test test
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    exec .venv/bin/python -m pytest "$@"
    ;;
*)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
