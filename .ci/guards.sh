#!/usr/bin/env bash
# Rules that grep can hold. Each prints the lines that break it; any line printed fails.
# (The rules that need a parser, who may import whom among them, are tests/package/test_repo.py.)
set -euo pipefail
shopt -s lastpipe # rule, the end of each pipeline, sets a variable of this shell
cd "$(dirname "$0")/.."
broken=0

# rule WHAT: reads offending lines from standard input.
rule() {
    local lines
    lines=$(cat)
    if [ -n "$lines" ]; then
        printf '%s:\n%s\n' "$1" "$lines"
        broken=1
    fi
}

# sources EXTENSION... : the repository's own files of these kinds (new ones too, ignored ones not) in the folders with code.
sources() {
    local patterns=() extension
    for extension in "$@"; do patterns+=(":(glob)*.$extension" ":(glob)**/*.$extension"); done
    git ls-files --cached --others --exclude-standard -z -- "${patterns[@]}" |
        while IFS= read -r -d '' file; do if [ -f "$file" ]; then printf '%s\0' "$file"; fi; done
}

# search PATTERN: grep over the files named on standard input; to find nothing is no error.
search() { xargs -0 --no-run-if-empty grep -HnP -- "$1" || true; }

# Comments may speak of unsafe; code may use it in these rooms only. (tests/native has the counting allocator.)
sources rs | { grep -zE '^(src|examples|benches)/' || true; } |
    { grep -zvE '^src/(kernels/|python/ffi/|tape/arena\.rs|storage\.rs|buffers\.rs)' || true; } |
    search '^(?!\s*//).*\bunsafe\b' | rule "unsafe outside its rooms"

sources rs | { grep -zE '^(src|examples|benches|tests)/' || true; } | { grep -zvE '^src/python/' || true; } |
    search '\bpyo3\b' | rule "pyo3 outside src/python/"

# Doors that note where a node was recorded (anomaly mode): none is made past them.
sources rs | { grep -zE '^src/' || true; } | { grep -zvE '^src/(ops/record|tape/node)\.rs' || true; } |
    search '\bNode::blank\b|\bplace::<Node\b|\|\w+: &mut Node\|' | rule "a node made outside src/ops/record.rs"

# Work left undone is an issue, not a comment; a test that does not run is no test.
sources rs py c sh | search '\b(TO''DO|FIX''ME|XX''X)\b|\bto''do!|\bunimple''mented!' | rule "unfinished work"
sources py | { grep -zE '^tests/' || true; } |
    search 'importorskip|\b(pytest|mark|unittest)\.(skip|xfail|expectedFailure)|\bSkipTest\b' | rule "a test that may not run"
sources rs | search '^\s*#\[ignore' | rule "a test that does not run"

# Generated files are exempt: stubs by their ending, others by a first line that says so.
sources rs py c sh | xargs -0 --no-run-if-empty awk '
    FNR == 1 { generated = /generated/ }
    FNR == 601 && !generated { print FILENAME " has more than 600 lines" }' | rule "long files"

exit "$broken"
