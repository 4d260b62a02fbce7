# One unit fetched by `mintmark provision`; the current folder is the state folder.
# shellcheck shell=bash disable=SC2034,SC2154 # shared with deploy/quickstart

quickstart_mac=60:55:f9:01:a2:10
quickstart_unit=unit/60-55-f9-01-a2-10

# quickstart_provision FOLDER: what the server delivers for the unit, into FOLDER. What it prints
# holds the onboarding codes: to unit.txt, not to the log.
quickstart_provision()
{
    local signer=()
    if [ -e attestation/cd-signer.pem ]; then
        signer=(--cd-signer attestation/cd-signer.pem)
    fi
    "$quickstart_bin/mintmark" provision --server "127.0.0.1:$(cat port)" \
        --certificate identities/line1-01.pem --key identities/line1-01.key \
        --ca identities/ca.pem --witness witness --order WO-1 \
        --hardware-id "$quickstart_mac" --chip esp32c6 \
        --paa attestation/paa.pem "${signer[@]}" --allow-class test --qr -o "$1" >unit.txt
}

# quickstart_judge FOLDER: the chain and the CD as a commissioner judges them that was told whom to
# trust.
quickstart_judge()
{
    local signer=()
    if [ -e attestation/cd-signer.pem ]; then
        signer=(--cd-signer attestation/cd-signer.pem)
    fi
    if ! "$quickstart_bin/mintmark" cert check --dac "$1/dac.der" --pai "$1/pai.der" \
        --paa attestation/paa.pem --cd attestation/cd.der "${signer[@]}" \
        --vendor-id "$quickstart_vendor" --product-id "$quickstart_product" >judge.txt
    then
        cat judge.txt
        return 1
    fi
}

quickstart_fetch()
{
    mkdir -p unit
    quickstart_provision "$quickstart_unit"
    quickstart_judge "$quickstart_unit"
    say_detail "$quickstart_mac of order WO-1 in $PWD/$quickstart_unit"
}

# The unit was fetched by an earlier run: the server must deliver the same bytes.
quickstart_fetch_again()
{
    local differing
    rm -rf unit/again
    quickstart_provision unit/again
    if ! differing=$(diff -rq "$quickstart_unit" unit/again); then
        say_remedy "keep $PWD and report this: a unit must get the same bytes for ever"
        printf '%s\n' "$differing"
        return 1
    fi
    quickstart_judge "$quickstart_unit"
    rm -rf unit/again
    sed -i '/unit\/again/d' unit.txt
    say_detail "$quickstart_mac again: same bytes as before, all files compared"
}
