# Steps for people: one line each, with verdict and time. What a step prints goes to the log; on a
# terminal its last line is shown while it runs, elsewhere one line every ten seconds.
# shellcheck shell=bash

say_program=
say_log=
say_folder=

# say_begin PROGRAM LOG: every step's output is appended to LOG.
say_begin()
{
    say_program=$1
    say_log=$2
    say_folder=$(mktemp -d)
    trap 'rm -rf "$say_folder"' EXIT
    : >>"$say_log"
}

# Words behind the running step's verdict.
say_detail()
{
    printf '%s' "$*" >"$say_folder/detail"
}

# What to do about the failure of the running step, where it knows better than its caller.
say_remedy()
{
    printf '%s' "$*" >"$say_folder/remedy"
}

say_tenths_since()
{
    local now=${EPOCHREALTIME/[.,]/}
    printf '%d' $(((now - $1) / 100000))
}

say_progress()
{
    local name=$1 line='' code next=$((SECONDS + 10))
    while true; do
        code=0
        IFS= read -r -t 5 line || code=$?
        if [ "$code" -ne 0 ] && [ "$code" -le 128 ]; then
            break
        fi
        if [ -t 1 ]; then
            printf '\r  %-16s %.60s\033[K' "$name" "${line//[^[:print:]]/}"
        elif [ "$SECONDS" -ge "$next" ]; then
            printf '  %-16s ... %.90s\n' "$name" "${line//[^[:print:]]/}"
            next=$((SECONDS + 10))
        fi
    done
    if [ -t 1 ]; then
        printf '\r\033[K'
    fi
}

# say_failed NAME REMEDY: the end of the program.
say_failed()
{
    local remedy=$2
    if [ -s "$say_folder/remedy" ]; then
        remedy=$(cat "$say_folder/remedy")
    fi
    printf '\n  last lines of %s\n' "$say_log"
    awk '/^== / { text = ""; next } { text = text "  | " $0 "\n" } END { printf "%s", text }' \
        "$say_log" | tail -n 20
    printf '\n  remedy: %s\n' "$remedy"
    printf '\n%s: FAILED at step "%s"\n' "$say_program" "$1"
    exit 1
}

# say_step NAME REMEDY COMMAND…: runs COMMAND under set -e in a subshell. Must not stand in a
# condition: bash would switch set -e off inside.
say_step()
{
    local name=$1 remedy=$2 started=${EPOCHREALTIME/[.,]/} code tenths verdict=ok
    shift 2
    : >"$say_folder/detail"
    : >"$say_folder/remedy"
    printf '== %s\n' "$name" >>"$say_log"
    set +e
    (
        set -eu -o pipefail
        "$@"
    ) </dev/null 2>&1 | tee -a "$say_log" | say_progress "$name"
    code=${PIPESTATUS[0]}
    set -e
    tenths=$(say_tenths_since "$started")
    if [ "$code" -ne 0 ]; then
        verdict=FAILED
    fi
    printf '  %-16s %-6s %4d.%d s  %s\n' "$name" "$verdict" $((tenths / 10)) $((tenths % 10)) \
        "$(cat "$say_folder/detail")"
    if [ "$code" -ne 0 ]; then
        say_failed "$name" "$remedy"
    fi
}
