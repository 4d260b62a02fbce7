# Debian packages by purpose, from deploy/packages.list.
# shellcheck shell=bash

packages_list=$(dirname "${BASH_SOURCE[0]}")/../packages.list

# packages_missing PURPOSE…: names of those that are wanted and not installed.
packages_missing()
{
    local wanted purpose package command
    wanted=" $* "
    while read -r purpose package command; do
        if [[ $purpose == \#* || $wanted != *" $purpose "* ]]; then
            continue
        fi
        if [ -n "$command" ] && command -v "$command" >/dev/null; then
            continue
        fi
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            printf '%s\n' "$package"
        fi
    done <"$packages_list"
}

packages_apt()
{
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"
}

# packages_install PURPOSE…: a step. Root or sudo only here, and only when something is missing.
packages_install()
{
    local missing
    mapfile -t missing < <(packages_missing "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        say_detail "all installed"
        return
    fi
    say_remedy "as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        printf 'not root, and there is no sudo\n'
        return 1
    fi
    umask 022
    packages_apt update
    packages_apt install -y --no-install-recommends "${missing[@]}"
    say_detail "${#missing[@]} installed by apt"
}
