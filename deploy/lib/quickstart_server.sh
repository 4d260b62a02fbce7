# The server of a quickstart state folder (the current one): its files, start and stop.
# shellcheck shell=bash disable=SC2034,SC2154 # shared with deploy/quickstart

# quickstart_port_free PORT: nobody listens there.
quickstart_port_free()
{
    ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Prints the port asked for, else the one used before, else 8443, or auto where that is taken.
quickstart_wanted_port()
{
    if [ -n "$quickstart_port" ]; then
        printf '%s\n' "$quickstart_port"
    elif ! cat port 2>/dev/null; then
        if quickstart_port_free 8443; then
            printf '8443\n'
        else
            printf 'auto\n'
        fi
    fi
}

# quickstart_port_ours PORT: our own server listens there, which is stopped before another starts.
quickstart_port_ours()
{
    quickstart_server_pid >/dev/null && [ "$1" = "$(cat port 2>/dev/null)" ]
}

# Prints the wanted port if it is free; for "auto" one outside the kernel's ephemeral range.
quickstart_pick_port()
{
    local port try
    port=$(quickstart_wanted_port)
    if [ "$port" != auto ]; then
        if ! quickstart_port_ours "$port" && ! quickstart_port_free "$port"; then
            say_remedy "stop what listens on port $port, or use --port auto"
            printf 'port %s is taken\n' "$port" >&2
            return 1
        fi
        printf '%s\n' "$port"
        return
    fi
    for try in {1..50}; do
        port=$((20000 + (RANDOM + try) % 12000))
        if quickstart_port_free "$port"; then
            printf '%s\n' "$port"
            return
        fi
    done
    printf 'no free port found\n' >&2
    return 1
}

# quickstart_pick_administration_port PORT: the one before, or the first free one above PORT.
quickstart_pick_administration_port()
{
    local try before
    before=$(cat administration-port 2>/dev/null) || before=
    for try in ${before:+"$before"} $(seq $(($1 + 1)) $(($1 + 50))); do
        if [ "$try" != "$1" ] && { quickstart_port_free "$try" ||
            { [ "$try" = "$before" ] && quickstart_server_pid >/dev/null; }; }; then
            printf '%s\n' "$try"
            return
        fi
    done
    printf 'no free port found above %s\n' "$1" >&2
    return 1
}

quickstart_print_product()
{
    cat <<END
name: quickstart-lamp
vendor_id: $quickstart_vendor
vendor_name: Quickstart
product_id: $quickstart_product
product_name: Lamp
hardware_version: 1
hardware_version_string: rev A
chip: esp32c6
pai: dev
certification_declaration: {file: attestation/cd.der}
partitions:
  factory_data: {label: fctry, offset: 0x3E0000, size: 0x6000}
END
}

quickstart_print_order()
{
    cat <<END
order: WO-1
product: quickstart-lamp
quantity: 100
overage: 2%
lines: [line1]
END
}

# quickstart_print_person NAME ADMINISTRATION_PORT: where mintmark finds the server, and who it is.
quickstart_print_person()
{
    cat <<END
server: "127.0.0.1:$2"
certificate: identities/$1.pem
key: identities/$1.key
ca: identities/ca.pem
END
}

# quickstart_print_config PORT ADMINISTRATION_PORT
quickstart_print_config()
{
    local cd_signers=
    if [ -e attestation/cd-signer.pem ]; then
        cd_signers="cd_signers: [attestation/cd-signer.pem]"
    fi
    cat <<END
site: {name: quickstart, trust_domain: quickstart}
state_directory: server
stations:
  address: "127.0.0.1:$1"
  certificate: identities/server.pem
  key: identities/server.key
  client_ca: identities/stations-ca.pem
administration:
  address: "127.0.0.1:$2"
  certificate: identities/server.pem
  key: identities/server.key
  client_ca: identities/ca.pem
token:
  module: $quickstart_module
  softhsm2_conf: token/softhsm2.conf
  pin_file: token/pin
  seal_key: "pkcs11:token=mint;object=mintmark-seal"
  log_key: "pkcs11:token=mint;object=mintmark-log"
pais:
  dev:
    key: "pkcs11:token=mint;object=dev"
    certificate: attestation/pai.pem
    paa: attestation/paa.pem
identity_ca:
  key: "pkcs11:token=mint;object=mintmark-identity"
  certificate: attestation/identity-ca.pem
allow_classes: [test]
max_open_per_station: 1000000  # one station here plays a whole factory
$cd_signers
END
}

quickstart_configuration()
{
    local port administration person
    port=$(quickstart_pick_port)
    administration=$(quickstart_pick_administration_port "$port")
    mkdir -p server
    quickstart_print_product >product.yaml
    quickstart_print_order >order.yaml
    for person in op-1 op-2 aud-1; do
        quickstart_print_person "$person" "$administration" >"$person.yaml"
    done
    quickstart_print_config "$port" "$administration" >mintmarkd.yaml
    printf '%s\n' "$port" >port
    printf '%s\n' "$administration" >administration-port
    "$quickstart_bin/mintmarkd" --config "$PWD/mintmarkd.yaml" --check-config
    say_detail "$PWD/mintmarkd.yaml, 127.0.0.1:$port, administration on port $administration"
}

# The store, once, with the people of quickstart_identities.
quickstart_init()
{
    "$quickstart_bin/mintmarkd" --config "$PWD/mintmarkd.yaml" --init \
        --operator identities/op-1.pem --operator identities/op-2.pem \
        --auditor identities/aud-1.pem
    say_detail "log quickstart/1; operators op-1 and op-2, auditor aud-1"
}

# quickstart_by_two WORDS…: a change that op-1 proposes and op-2 approves where it needs a second
# person.
quickstart_by_two()
{
    local said
    said=$("$quickstart_bin/mintmark" "$@" --config op-1.yaml --yes --json) || {
        printf '%s\n' "$said"
        return 1
    }
    if grep -q '"state": "waiting"' <<<"$said"; then
        "$quickstart_bin/mintmark" change approve --config op-2.yaml --yes \
            "$(sed -n 's/.*"change_id": "\([0-9a-f]*\)".*/\1/p' <<<"$said")"
    fi
}

# What was agreed on last.
quickstart_changes_digest()
{
    cat product.yaml order.yaml attestation/cd.der | sha256sum
}

quickstart_changed()
{
    [ "$(quickstart_changes_digest)" = "$(cat steps/changes 2>/dev/null)" ]
}

quickstart_changes()
{
    quickstart_by_two identity add station line1-01 --line line1
    quickstart_by_two product apply product.yaml
    quickstart_by_two order create --file order.yaml
    quickstart_changes_digest >steps/changes
    say_detail "by op-1 and op-2: station line1-01, product quickstart-lamp, order WO-1 (100 + 2 %)"
}

# Prints the process id of the running server, or fails. The command line is compared as well:
# after a reboot another process may have the number.
quickstart_server_pid()
{
    local pid
    pid=$(cat mintmarkd.pid 2>/dev/null) || return 1
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$PWD/mintmarkd.yaml" || return 1
    printf '%s\n' "$pid"
}

# quickstart_server_digest PORT: of all that a server on PORT is started from.
quickstart_server_digest()
{
    {
        quickstart_print_config "$1" "$(cat administration-port 2>/dev/null)"
        sha256sum "$quickstart_bin/mintmarkd" identities/server.pem identities/ca.pem \
            attestation/* token/softhsm2.conf || printf 'unreadable\n'
    } 2>&1 | sha256sum
}

# Was the running server started from what would be started now? With "auto" any port will do.
quickstart_server_current()
{
    local pid port
    pid=$(quickstart_server_pid) || return 1
    [ "$(readlink "/proc/$pid/exe")" = "$(realpath "$quickstart_bin/mintmarkd")" ] || return 1
    port=$(quickstart_wanted_port)
    if [ "$port" = auto ]; then
        port=$(cat port 2>/dev/null)
    fi
    [ "$(quickstart_server_digest "$port")" = "$(cat steps/server 2>/dev/null)" ]
}

quickstart_start()
{
    local pid deadline=$((SECONDS + 60)) port
    port=$(cat port)
    rm -f steps/server
    # shellcheck disable=SC2016 # the inner shell expands these
    # Descriptor 9 is quickstart's lock, which must end with quickstart.
    setsid bash -c 'echo $$ >"$1/mintmarkd.pid"; exec "$2/mintmarkd" --config "$1/mintmarkd.yaml"' \
        mintmarkd "$PWD" "$quickstart_bin" </dev/null >>mintmarkd.log 2>&1 9>&- &
    pid=$!
    while quickstart_port_free "$port"; do
        if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            printf 'mintmarkd does not answer; last lines of %s:\n' "$PWD/mintmarkd.log"
            tail -n 12 mintmarkd.log
            return 1
        fi
        sleep 0.05
    done
    quickstart_server_digest "$port" >steps/server
    say_detail "process $(cat mintmarkd.pid), log $PWD/mintmarkd.log"
}

# Stops the server where one runs; waits for its end, after 20 s by force.
quickstart_stop()
{
    local pid deadline=$((SECONDS + 20))
    if ! pid=$(quickstart_server_pid); then
        say_detail "no server was running"
        rm -f mintmarkd.pid
        return
    fi
    kill -TERM "$pid"
    while quickstart_server_pid >/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            kill -KILL "$pid"
        fi
        sleep 0.05
    done
    rm -f mintmarkd.pid
    say_detail "process $pid ended"
}
