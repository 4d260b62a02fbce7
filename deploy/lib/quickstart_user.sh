# Started as root: root only runs apt and hands over to a user of its own, who gets a copy of the
# sources (the clone may lie where that user cannot read).
# shellcheck shell=bash disable=SC2034,SC2154 # shared with deploy/quickstart

quickstart_user=mintmark-quickstart
quickstart_home=/var/lib/mintmark-quickstart
quickstart_as_whom=
quickstart_command=deploy/quickstart

# Sets the words by which messages name this program and its user; only in the handed-over run.
if [ -n "${QUICKSTART_FOR_ROOT-}" ]; then
    quickstart_command=$QUICKSTART_FOR_ROOT
    quickstart_as_whom=", as that user (runuser -u $quickstart_user -- bash)"
fi

quickstart_user_make()
{
    if ! id -u "$quickstart_user" >/dev/null 2>&1; then
        useradd --system --create-home --home-dir "$quickstart_home" \
            --shell /usr/sbin/nologin "$quickstart_user"
    fi
    chmod 0755 "$quickstart_home"
    say_detail "$quickstart_user, home $quickstart_home"
}

quickstart_user_run()
{
    runuser -u "$quickstart_user" -- "$@"
}

# File times are kept, so that a second run builds only what changed.
quickstart_user_copy()
{
    local source=$quickstart_home/source new=$quickstart_home/source.new
    rm -rf "$new"
    install -d -o "$quickstart_user" -g "$quickstart_user" "$new"
    tar -C "$quickstart_root" --exclude=./build --exclude=./.git --exclude=node_modules -cf - . |
        quickstart_user_run tar -C "$new" --no-same-owner -xf -
    if [ -d "$source/build" ]; then
        mv "$source/build" "$new/build"
    fi
    rm -rf "$source"
    mv "$new" "$source"
    say_detail "$source"
}

# quickstart_user_file FILE: a copy the user can read; prints its path.
quickstart_user_file()
{
    local copy
    copy=$quickstart_home/$(basename "$1")
    install -m 0644 -o "$quickstart_user" -g "$quickstart_user" -- "$1" "$copy"
    printf '%s\n' "$copy"
}

quickstart_user_options=()

quickstart_user_files()
{
    if [ -n "$quickstart_port" ]; then
        quickstart_user_options+=(--port "$quickstart_port")
    fi
    if [ -n "$quickstart_cd" ]; then
        quickstart_user_options+=(--cd "$(quickstart_user_file "$quickstart_cd")")
    fi
    if [ -n "$quickstart_cd_signer" ]; then
        quickstart_user_options+=(--cd-signer "$(quickstart_user_file "$quickstart_cd_signer")")
    fi
    if [ -n "$quickstart_state" ]; then
        mkdir -p "$quickstart_state"
        quickstart_state=$(realpath "$quickstart_state")
        if [ -z "$(ls -A "$quickstart_state")" ]; then
            chown "$quickstart_user:" "$quickstart_state"
        fi
        quickstart_user_options+=(--state "$quickstart_state")
    fi
}

# Runs the program in the copied sources; returns its exit code.
quickstart_user_again()
{
    (cd / && quickstart_user_run env HOME="$quickstart_home" \
        QUICKSTART_FOR_ROOT="$quickstart_root/deploy/quickstart" \
        XDG_STATE_HOME="$quickstart_home/state" \
        "$quickstart_home/source/deploy/quickstart" --no-install "${quickstart_user_options[@]}" \
        "$@")
}

quickstart_user_clean()
{
    quickstart_user_again --clean
    rm -rf "$quickstart_home"
    userdel "$quickstart_user"
    printf 'quickstart: user %s and %s are gone\n' "$quickstart_user" "$quickstart_home"
}

# Does not return when it hands over.
quickstart_user_switch()
{
    local code=0 action=()
    if [ "$(id -u)" -ne 0 ] || [ "$quickstart_install" = no ]; then
        return
    fi
    if [ "$quickstart_action" != run ]; then
        if [ ! -d "$quickstart_home/source" ]; then
            printf 'quickstart: nothing to do, there is no %s\n' "$quickstart_home"
            exit 0
        fi
        quickstart_user_files
        if [ "$quickstart_action" = clean ]; then
            quickstart_user_clean
            exit 0
        fi
        quickstart_user_again --stop
        exit 0
    fi
    say_begin quickstart "$(mktemp)"
    printf 'Mintmark quickstart as root: packages first, then all as user %s\n' "$quickstart_user"
    say_step packages "see the message above" packages_install build run
    say_step user "see the message above" quickstart_user_make
    say_step sources "see the message above" quickstart_user_copy
    quickstart_user_files
    if [ "$quickstart_server_only" = yes ]; then
        action=(--server-only)
    fi
    quickstart_user_again "${action[@]}" || code=$?
    exit "$code"
}
