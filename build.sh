#!/bin/sh
# The one script. Needs python3 (3.11 or newer) with pip, and nothing done before.
#
#   ./build.sh                          the plugin: dist/dev.llmstream-v<version>.mbp
#   ./build.sh version 0.2.0            that number wherever it stands, and the changes under it
#   ./build.sh demo                     a room on this machine, to watch an answer being written
#   ./build.sh demo --once "question"   one answer, as it streams
#   ./build.sh quick [pytest arguments] every check, and the tests that are quick: about 20 s on two idle processors
#   ./build.sh release [v0.2.0]         the plugin, the wheel and their checksums, as a tag has them made
#   ./build.sh test                     every check and every test, and how much they cover
#   ./build.sh test [pytest arguments]  every check, and these tests
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}

# environment NAME EXTRAS: makes .venv with them, once for each state of pyproject.toml.
environment() {
    stamp=.venv/installed-$1.toml
    cmp -s pyproject.toml "$stamp" && return
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "llmstream needs Python 3.11 or newer: set PYTHON to one."
    [ -x .venv/bin/pip ] || "$python" -m venv --clear .venv ||
        fail "Python's venv is missing. On Debian and Ubuntu: apt install python3-venv"
    echo "Installing what the $1 needs into .venv; once, a minute or two…" >&2
    rm -f .venv/failed
    { .venv/bin/pip --disable-pip-version-check install --editable ".[$2]" 2>&1 ||
        touch .venv/failed; } | tee .venv/install.log | progress
    [ ! -e .venv/failed ] || { tail -n 20 .venv/install.log >&2; fail "pip could not install it."; }
    cp pyproject.toml "$stamp"
}

# What pip is at, in one line of a terminal, else in many.
progress() {
    if [ -t 2 ]; then line='\r\033[K  %s %s'; else line='  %s %s\n'; fi
    while read -r doing what _; do
        case $doing in
        Collecting | Building | Installing) printf "$line" "$doing" "$what" >&2 ;;
        esac
    done
    printf "$line\n" Installed. "" >&2
}

checks() {
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
}

fail() {
    echo "$1" >&2
    exit 1
}

case ${1:-mbp} in
mbp)
    exec "$python" mbp/pack.py
    ;;
version)
    exec "$python" mbp/version.py "${2:-}"
    ;;
release)
    exec "$python" -m mbp.release "${2:-}"
    ;;
demo)
    shift
    environment demo bed,all
    exec .venv/bin/python -m tests.bed.demo "$@"
    ;;
quick)
    shift
    environment test test
    checks
    exec .venv/bin/python -m pytest -q -n auto --ignore tests/e2e -m "not slow" \
        --hypothesis-profile=quick "$@"
    ;;
test)
    shift
    environment test test
    checks
    [ $# = 0 ] || exec .venv/bin/python -m pytest "$@"
    .venv/bin/python -m pytest -n auto -m "not e2e" --cov
    .venv/bin/python -m pytest -n 2 --dist loadfile -m e2e
    ;;
*)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
