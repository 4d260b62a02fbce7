# Sourced by the checks of this folder, which run from the top of the tree.
# shellcheck shell=bash

# The check is skipped when its tool is not installed; ctest shows the reason.
source_need()
{
    if ! command -v "$1" >/dev/null; then
        printf 'skipped: %s is not installed\n' "$1"
        exit 77
    fi
}

# Every C file of ours, NUL behind each.
source_c_files()
{
    find lib proto hsm server client tests -name '*.[ch]' -not -path '*/node_modules/*' -print0 |
        sort -z
}

# Every text file of ours, NUL behind each: no corpus, golden bytes or build results.
source_text_files()
{
    find . \( -path ./build -o -path ./.git -o -name node_modules -o -name corpus \) -prune -o \
        -type f \( -name '*.[ch]' -o -name '*.md' -o -name '*.txt' -o -name '*.py' -o -name '*.def' \
        -o -name '*.proto' -o -name '*.yaml' -o -name '*.sh' -o -name '*.mjs' -o -perm -u=x \) \
        -print0 | sort -z
}

# Every shell script of ours, NUL behind each: by name, or by what its first line says.
source_shell_scripts()
{
    local file first
    while IFS= read -r -d '' file; do
        first=
        IFS= read -r first <"$file" || true
        case $file:$first in
        *.sh:* | *:'#!/bin/sh'* | *:'#!'*bash*) printf '%s\0' "$file" ;;
        esac
    done < <(source_text_files)
}
