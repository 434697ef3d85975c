#!/usr/bin/env bash
# The demo: a trigger network for a Cherenkov telescope, from ONNX bytes to simulated Verilog.
#
#   tools/demo.sh [KAON]    KAON is the program, by default target/release/kaon
#
# Every line below is a command to try by hand. Files go to out/gamma_trigger_w6a6.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kaon=${1:-target/release/kaon}
model=models/gamma_trigger_w6a6
out=out/gamma_trigger_w6a6

[[ -x $kaon ]] || {
    echo "demo: $kaon is not built: run 'make demo'" >&2
    exit 1
}

step() {
    echo
    echo "\$ kaon $*"
    "$kaon" "$@"
}

began=$(date +%s%N)
echo "A 10-64-32-32-2 network that tells gamma rays from hadrons, three quarters of its weights pruned."

# ONNX to SystemVerilog, with the report of the estimates.
step compile "$model/model.onnx" -o "$out"

# The native emulator on 1000 recorded events: equal to the reference, value for value.
step predict "$out" --input "$model/inputs.npy" --compare "$model/expected.npy" --labels "$model/labels.npy"

# The emitted Verilog on the same events, one a clock: equal to the emulator, bit for bit.
step simulate "$out" --input "$model/inputs.npy"

echo
echo "The Verilog is $out/gamma_trigger_w6a6.sv; kaon.json beside it says what every bit means."
awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "All of it took %.1f s.\n", ns / 1e9 }'
