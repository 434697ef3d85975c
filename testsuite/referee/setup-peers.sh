#!/usr/bin/env bash
# Makes a Python environment with kaon's peers in DIR (default: out/bench/venv, where `make bench` looks for it).
#
#   testsuite/referee/setup-peers.sh [DIR]
#
# `make bench` works without it: the peers' circuits are then those of testsuite/referee/records/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly PACKAGES=(da4ml==0.6.0 alkaid==0.8.2)
dir=${1:-out/bench/venv}

if [[ ! -x $dir/bin/python ]]; then
    python3 -m venv "$dir" || {
        echo "setup-peers: python3 cannot make an environment; on Debian: apt-get install python3-venv" >&2
        exit 1
    }
fi
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "${PACKAGES[@]}" || {
    echo "setup-peers: pip could not install ${PACKAGES[*]}: connect to the network (or mend pip's settings)" >&2
    exit 1
}
"$dir/bin/python" -c 'import da4ml, alkaid' && echo "setup-peers: ${PACKAGES[*]} in $dir"
