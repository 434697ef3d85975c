#!/usr/bin/env bash
# Fuzzes the readers, guided by coverage, with libFuzzer.
#
# Usage: tools/fuzz.sh SECONDS [TARGET...]
#
# Every target, or those named, runs for SECONDS on one core. The corpus stays in target/fuzz/corpus/TARGET, so the next run goes on
# from it; an input that finds a fault stands in target/fuzz/faults/TARGET. A fault that is mended goes into testsuite/fuzz/findings/TARGET,
# which `make test` runs. The table at the end says how many inputs were tried and what was found.
#
# A stable compiler is enough: the instrumentation is a pass of LLVM's that rustc runs on request.
# libFuzzer itself is compiled by the crate libfuzzer-sys.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $# -ge 1 && $1 =~ ^[0-9]+$ ]] || { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2; }
seconds=$1
shift
if [[ $# -eq 0 ]]; then
    mapfile -t all < <(sed -n 's/^        name: "\(.*\)",$/\1/p' testsuite/src/fuzz/mod.rs)
    set -- "${all[@]}"
fi

host=$(rustc -vV | sed -n 's/^host: //p')
work=target/fuzz
instrumented="-C link-arg=-fuse-ld=lld-22 -C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=4
    -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table
    -C llvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS=${instrumented//$'\n'/ } cargo build --quiet --locked -p kaon-testsuite --bin kaon-fuzz --features libfuzzer \
    --target "$host" --target-dir "$work"
program=$work/$host/debug/kaon-fuzz

table=()
failed=0
for target in "$@"; do
    corpus=$work/corpus/$target seeds=$work/seeds/$target faults=$work/faults/$target
    mkdir -p "$corpus" "$seeds" "$faults"
    log=$work/$target.log
    KAON_FUZZ_TARGET=$target KAON_FUZZ_SEEDS=$seeds "$program" "$corpus" "$seeds" -max_total_time="$seconds" -max_len=65536 -timeout=20 \
        -rss_limit_mb=4096 -malloc_limit_mb=2048 -artifact_prefix="$faults/" -print_final_stats=1 >"$log" 2>&1 || failed=1
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log" | tail -1)
    edges=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -1)
    found=$(find "$faults" -type f | wc -l)
    table+=("$(printf '%-12s %12s %8s %8s %8s' "$target" "${tried:-?}" "${edges:-?}" "${peak:-?}" "$found")")
    echo "${table[-1]}" >&2
done
printf '%-12s %12s %8s %8s %8s\n' target executions edges "peak MB" faults
printf '%s\n' "${table[@]}"
exit $failed
