# What quickstart makes once: token, attestation certificates, certification declaration, and the
# mTLS identities of everybody who talks to the server. All paths are inside the state folder, which
# is the current one.
# shellcheck shell=bash disable=SC2034,SC2154 # shared with deploy/quickstart

quickstart_module=/usr/lib/softhsm/libsofthsm2.so
quickstart_vendor=0xFFF1
quickstart_product=0x8000

quickstart_hsm()
{
    "$quickstart_bin/mintmark-hsm" "$@" --module "$quickstart_module" --token mint \
        --pin-file token/pin --softhsm2-conf token/softhsm2.conf
}

quickstart_token()
{
    if [ ! -e "$quickstart_module" ]; then
        say_remedy "install the package libsofthsm2"
        printf 'no %s\n' "$quickstart_module"
        return 1
    fi
    if [ -d token ]; then
        chmod -R u+w token
    fi
    rm -rf token attestation ceremony
    mkdir -p token/tokens attestation ceremony
    printf '%s\n' "directories.tokendir = $PWD/token/tokens" "objectstore.backend = file" \
        "log.level = ERROR" "slots.removable = false" >token/softhsm2.conf
    quickstart_hsm init --so-pin-file token/so-pin --transcript ceremony/init.json
    say_detail "token \"mint\" (SoftHSM, a software token); seal and log keys made in it"
}

quickstart_attestation()
{
    quickstart_hsm paa create --common-name "Quickstart development PAA" \
        --vendor-id "$quickstart_vendor" -o attestation/paa.pem
    quickstart_hsm pai create dev --vendor-id "$quickstart_vendor" --transcript ceremony/pai.json
    quickstart_hsm pai sign dev --paa attestation/paa.pem --paa-key mintmark-paa \
        -o attestation/pai.pem
    quickstart_hsm pai import dev attestation/pai.pem --paa attestation/paa.pem
    quickstart_hsm identity create --common-name "Quickstart stations" --days 3650 \
        -o attestation/identity-ca.pem --transcript ceremony/identity.json
    say_detail "development PAA; PAI \"dev\", its key made in the token; the stations' identity CA"
}

# Given by --cd and --cd-signer, or made here. The last ceremony, so the token becomes read-only:
# SoftHSM rewrites its files at each login, and a kill in that moment can destroy the token; it works
# from a folder that it cannot write.
quickstart_declaration()
{
    if [ -n "$quickstart_cd" ]; then
        cp -- "$quickstart_cd" attestation/cd.der
        if [ -n "$quickstart_cd_signer" ]; then
            cp -- "$quickstart_cd_signer" attestation/cd-signer.pem
        fi
        say_detail "from $quickstart_cd"
    else
        quickstart_hsm cd create --key cd-signer --vendor-id "$quickstart_vendor" \
            --product-id "$quickstart_product" --signer-cert attestation/cd-signer.pem \
            -o attestation/cd.der
        say_detail "of type development, signer made here"
    fi
    chmod -R a-w token/tokens
}

# quickstart_identity NAME USAGE SAN: key and certificate by the CA. A key that is there stays: the
# server knows operators by theirs.
quickstart_identity()
{
    local name=$1 usage=$2 san=$3
    if [ ! -s "$name.key" ]; then
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name.key"
    fi
    openssl req -new -key "$name.key" -config ca.cnf -subj "/CN=$name" -out "$name.csr"
    printf '%s\n' "basicConstraints = critical, CA:FALSE" \
        "keyUsage = critical, digitalSignature" "extendedKeyUsage = $usage" \
        "subjectAltName = $san" "subjectKeyIdentifier = hash" \
        "authorityKeyIdentifier = keyid" >"$name.cnf"
    openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -days 365 -sha256 \
        -set_serial "0x4$(openssl rand -hex 15)" -extfile "$name.cnf" -out "$name.pem"
    rm "$name.csr" "$name.cnf"
}

quickstart_identities()
{
    local spiffe="URI:spiffe://quickstart"
    mkdir -p identities
    cd identities || return
    printf '%s\n' "[req]" "distinguished_name = dn" "prompt = no" "[dn]" "[ca]" \
        "basicConstraints = critical, CA:TRUE, pathlen:0" \
        "keyUsage = critical, keyCertSign, cRLSign" "subjectKeyIdentifier = hash" >ca.cnf
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf \
        -extensions ca -subj "/CN=Mintmark quickstart CA" -days 3650 -sha256 \
        -keyout ca.key -out ca.pem
    cat ca.pem ../attestation/identity-ca.pem >stations-ca.pem
    quickstart_identity server serverAuth "DNS:localhost, IP:127.0.0.1"
    quickstart_identity line1-01 clientAuth "$spiffe/station/line1-01"
    quickstart_identity op-1 clientAuth "$spiffe/operator/op-1"
    quickstart_identity op-2 clientAuth "$spiffe/operator/op-2"
    quickstart_identity aud-1 clientAuth "$spiffe/auditor/aud-1"
    rm ca.cnf
    chmod 0600 ./*.key
    say_detail "CA, server, station line1-01, operators op-1 op-2, auditor aud-1"
}

# All are there and valid under our CA for another day.
quickstart_identities_current()
{
    local name names=()
    for name in server line1-01 op-1 op-2 aud-1; do
        [ -s "identities/$name.key" ] || return 1
        names+=("identities/$name.pem")
    done
    openssl verify -attime "$(($(date +%s) + 86400))" -CAfile identities/ca.pem "${names[@]}" \
        >/dev/null 2>&1
}
