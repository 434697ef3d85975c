#!/usr/bin/env bash
# Prints the area estimates of compiler/src/target/ beside a synthesis by yosys, op by op,
# and records the synthesis in testsuite/tests/all/target/. Takes a minute or two; needs yosys.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
KAON_CALIBRATE=1 INSTA_UPDATE=always cargo test -p kaon-testsuite --test all target:: -- --nocapture
