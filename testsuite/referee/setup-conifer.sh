#!/usr/bin/env bash
# Makes a Python environment with conifer, kaon's peer for decision trees, in DIR (default: out/bench/conifer, where `make bench` looks for it).
#
#   testsuite/referee/setup-conifer.sh [DIR]
#
# `make bench` works without it: conifer's circuits are then those of testsuite/referee/records/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly PACKAGES=(conifer==1.11 xgboost lightgbm onnx scikit-learn)
dir=${1:-out/bench/conifer}

for tool in ghdl iverilog; do
    command -v "$tool" > /dev/null || {
        echo "setup-conifer: $tool is missing; on Debian: apt-get install ghdl iverilog" >&2
        exit 1
    }
done
if [[ ! -x $dir/bin/python ]]; then
    python3 -m venv "$dir" || {
        echo "setup-conifer: python3 cannot make an environment; on Debian: apt-get install python3-venv" >&2
        exit 1
    }
fi
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "${PACKAGES[@]}" || {
    echo "setup-conifer: pip could not install ${PACKAGES[*]}: connect to the network (or mend pip's settings)" >&2
    exit 1
}
"$dir/bin/python" -c 'import conifer' && echo "setup-conifer: ${PACKAGES[*]} in $dir"
