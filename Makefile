# make demo    compile the demo model, run it, simulate its Verilog, print the report
# make test    what CI decides by: format, lints, all tests
# make build   kaon and kaon-opt, in target/release/
# make setup   install what building and testing need (tools/setup.sh does nothing where it is there already)
# make fmt     format the sources
# make bench   kaon's circuits and its peers' by one synthesis, one count, one timing analysis (docs/benchmarks.md);
#              MODELS="jsc tau" takes these only, FLAGS=--quick leaves out what takes minutes
# make bench-rules   what each rule of the e-graph is worth (docs/optimising.md); FLAGS and MODELS likewise
#
# CARGO_FLAGS goes to every cargo command that resolves dependencies: make test CARGO_FLAGS=--locked

.PHONY: demo test build setup fmt bench bench-rules

demo: build
	tools/demo.sh

test: setup
	cargo fmt --all -- --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	cargo test $(CARGO_FLAGS) --workspace

build:
	tools/setup.sh build
	cargo build $(CARGO_FLAGS) --release

setup:
	tools/setup.sh test

fmt:
	cargo fmt --all

bench: build
	cargo run $(CARGO_FLAGS) --release --quiet -p kaon-referee -- $(FLAGS) $(MODELS)

bench-rules:
	cargo bench $(CARGO_FLAGS) -p kaon-testsuite --bench rules -- $(FLAGS) $(MODELS)
