#!/usr/bin/env bash
# The hardware of every shared model that is one circuit, all samples, against the emulator: by arc, and its Verilog by Verilator.
#
#   tools/simulate-models.sh [NAME…]      NAME: only these models
#
# Designs of this size take Verilator and g++ minutes, so no test runs them. What was seen is
# recorded in testsuite/models/simulated.txt, one line a model, with the hash of the Verilog:
# a design that stands there already is skipped, so that the command can be stopped and resumed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kaon=target/release/kaon
models=${KAON_MODELS:-../shared/models}
record=testsuite/models/simulated.txt
touch "$record"

[[ -x $kaon ]] || { echo "simulate-models: $kaon is not built: run 'make build'" >&2; exit 1; }
[[ -d $models ]] || { echo "simulate-models: no models in $models: set KAON_MODELS" >&2; exit 1; }

# The file of a model, among the shared ones or in the repository.
model_file() {
    local file
    for file in {"$models",models}/"$1"/model.{onnx,json,txt}; do
        [[ ! -f $file ]] || { echo "$file"; return; }
    done
    echo "simulate-models: no model $1 in $models" >&2
    return 1
}

# One model: name, then the flags it is compiled with.
simulate() {
    local name=$1 out=out/simulate/$1 file inputs
    shift
    echo "$name"
    file=$(model_file "$name")
    inputs=$(dirname "$file")/inputs.npy
    "$kaon" compile "$file" -o "$out" --top "$name" "$@" >/dev/null
    local hash
    hash=$(sha256sum "$out/$name.sv" | cut -c1-16)
    if grep -q "^$name $hash " "$record"; then
        echo "  recorded"
        return
    fi
    local answer
    "$kaon" simulate "$out" --input "$inputs" --engine arc >/dev/null
    answer=$("$kaon" simulate "$out" --input "$inputs" --engine verilator)
    echo "  $(sed -n 2p <<<"$answer")"
    grep -v "^$name " "$record" >"$record.new" || true
    echo "$name $hash $(sed -n 1p <<<"$answer"); $(sed -n 2p <<<"$answer")" >>"$record.new"
    sort -o "$record" "$record.new"
    rm "$record.new"
}

while read -r name flags; do
    [[ -n $name ]] || continue
    [[ $# -eq 0 || " $* " == *" $name "* ]] || continue
    # shellcheck disable=SC2086  # flags are words
    simulate "$name" $flags
done <<'MODELS'
gamma_trigger_w6a6
digits_mlp_w6a6
satimage_residual_w6a6
jet_hgq
axol1tl_v1
digits_mlp_w4a4_bn
lhc_ae57
digits_lut_f6b2
digits_bnn
jet_mlp_qkeras6 --input-precision fixed<16,6> --scores logits
jet_mlp_ternary --input-precision fixed<16,6>
jet_mlp_bnn --input-precision fixed<16,6>
phoneme_int8_qdq
jet_mlp_pruned95 --input-precision fixed<16,4> --scores logits
jet_mlp --input-precision fixed<16,4> --scores argmax
unsw_nb15_w2a2 --input-precision fixed<2,2>
digits_cnn_w6a6
lhc_deepsets_w6a6
libras_conv1d_w6a6
jet_conv1d_small --input-precision fixed<16,6> --scores logits
gamma_bdt4 --input-precision fixed<8,4> --scores logits
higgs_xgb_q8 --input-precision fixed<8,4> --scores logits
higgs_xgb --input-precision fixed<18,8> --scores logits
higgs_lgbm --scores logits
digits_xgb --input-precision ufixed<5,5> --scores argmax
satimage_lgbm --input-precision ufixed<8,8> --scores logits
digits_rf --input-precision ufixed<5,5>
diabetes_xgb_reg
iris_tree
wdbc_gbc
wdbc_iforest
MODELS
