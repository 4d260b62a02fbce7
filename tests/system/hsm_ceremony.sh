#!/bin/sh
# A custodian's whole session on a fresh SoftHSM token, what it refuses, and what OpenSSL thinks of the
# result. Needs MINTMARK_BIN.
set -eu

module=/usr/lib/softhsm/libsofthsm2.so
hsm=$MINTMARK_BIN/mintmark-hsm
if [ ! -r "$module" ]; then
    echo "skipped: SoftHSM (package libsofthsm2) is not installed"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir tokens
cat > softhsm2.conf << CONF
directories.tokendir = $folder/tokens
objectstore.backend = file
log.level = ERROR
slots.removable = false
CONF
export SOFTHSM2_CONF="$folder/softhsm2.conf"

fail() {
    echo "FAILED: $1"
    [ ! -f out ] || cat out
    exit 1
}

# token EXPECTED-EXIT-CODE WORDS… : with the token's options
token() {
    wanted=$1
    shift
    code=0
    "$hsm" "$@" --token mint --pin-file pin --lock token.lock --latch pin.latch > out 2>&1 ||
        code=$?
    [ "$code" = "$wanted" ] || fail "mintmark-hsm $*: exit $code, expected $wanted"
}

said() {
    grep -q "$1" out || fail "expected '$1' in the output"
}

token 0 init --so-pin-file so-pin
said 'SOFTWARE TOKEN'
[ "$(stat -c %a pin so-pin | tr '\n' ' ')" = "600 600 " ] || fail "modes of the PIN files"
[ "$(wc -c < pin)" -ge 25 ] || fail "the PIN is short"
cp pin pin.first
token 0 init --so-pin-file so-pin
said 'was there'
token 0 log key acme/1
said '^acme/1+[0-9a-f]\{8\}+AjBZMBMG' # type 2, then a SubjectPublicKeyInfo
token 1 log key 'acme 1'
said 'LOG_KEY_NAME'
token 1 log key acme/1 --key-label nobody
token 2 log key
cmp -s pin pin.first || fail "init changed an existing PIN file"

token 0 paa create -o paa.pem --common-name 'Test PAA' --vendor-id 0xFFF1
token 0 paa create -o paa.pem --common-name 'Test PAA' --vendor-id 0xFFF1
said 'was there'
token 1 paa create -o paa.pem --common-name 'Test PAA' --key-label other
said FILE_EXISTS
token 0 identity create -o identity-ca.pem --common-name 'Test stations' --days 3650
token 0 identity create -o identity-ca.pem --common-name 'Test stations' --days 3650
said 'was there'
token 1 identity create -o identity-ca.pem --common-name 'Test stations' --key-label other-identity
said FILE_EXISTS
token 1 identity create -o paa.pem --common-name 'Test stations'
said IDENTITY_CA
openssl verify -CAfile identity-ca.pem -x509_strict identity-ca.pem > verify.txt ||
    fail "OpenSSL refuses the identity CA"
token 0 pai create acme --vendor-id 0xFFF1 --product-id 0x8000 --transcript acme.json \
    --person 'A. Custodian' --person 'B. Witness' --json
python3 - << 'EOF' || fail "the transcript of pai create"
import json
t, said = json.load(open("acme.json")), json.load(open("out"))
assert t["transcript"] == 1 and t["command"] == "pai create" and t["time"].endswith("Z"), t
assert t["people"] == ["A. Custodian", "B. Witness"] and t["token"] == said["token"], t
(key,) = t["keys"]
assert key.pop("made") is True and key == said["key"] and said["transcript"] == "acme.json", t
EOF
cp acme.json acme.first
token 1 pai create late --vendor-id 0xFFF1 --transcript acme.json
said FILE_EXISTS
token 0 pai list
! grep -q '^late' out || fail "a key was made without its transcript"
cmp -s acme.json acme.first || fail "a transcript was overwritten"
token 2 pai create late --vendor-id 0xFFF1 --person 'A. Custodian'
said OPTION_MISSING
token 2 pai create late --vendor-id 0xFFF1 --transcript late.json --person ''
said OPTION_VALUE
token 2 pai create late --vendor-id 0xFFF1 --transcript late.json --person "$(printf '\377')"
said OPTION_VALUE
token 2 pai list --transcript list.json
token 1 pai create acme --vendor-id 0xFFF1
said KEY_EXISTS
token 0 pai create bolt --vendor-id 0xFFF1
token 0 pai create alien --vendor-id 0xFFF2
token 0 pai csr acme -o acme.csr
token 1 pai csr acme -o acme.csr
said FILE_EXISTS
token 1 pai csr nobody -o nobody.csr
said KEY_NOT_FOUND
openssl req -in acme.csr -noout -verify 2> verify.txt || fail "OpenSSL refuses the request"

token 0 pai sign acme --paa paa.pem --paa-key mintmark-paa -o acme.pem
token 0 pai sign --csr acme.csr --paa paa.pem --paa-key mintmark-paa -o acme2.pem --days 365
token 0 pai sign bolt --paa paa.pem --paa-key mintmark-paa -o bolt.pem
token 1 pai sign alien --paa paa.pem --paa-key mintmark-paa -o alien.pem # VID is not the PAA's
[ ! -e alien.pem ] || fail "a refused certificate was written"
token 1 pai sign acme --paa paa.pem --paa-key mintmark-log -o wrong.pem
said KEY_PAIR
token 1 pai sign acme --paa paa.pem --paa-key mintmark-paa -o early.pem --not-before 2020-01-01
said NOT_BEFORE
token 1 pai sign acme --paa paa.pem --paa-key mintmark-paa -o late.pem --not-before 2999-01-01
said NOT_BEFORE
token 1 pai sign acme --paa acme.pem --paa-key acme -o child.pem # a PAI is no PAA
token 2 pai sign --paa paa.pem --paa-key mintmark-paa -o none.pem
token 2 pai sign acme --csr acme.csr --paa paa.pem --paa-key mintmark-paa -o both.pem
sed '3s/./A/g' acme.csr > broken.csr
token 1 pai sign --csr broken.csr --paa paa.pem --paa-key mintmark-paa -o broken.pem

token 1 pai import acme bolt.pem --paa paa.pem # another key's certificate
said KEY_SELF_TEST
token 1 pai import acme acme.pem --paa bolt.pem
token 0 pai import acme acme.pem --paa paa.pem --transcript import.json
said 'chain ok'
python3 -c 'import json
first, second = (json.load(open(f))["keys"][0] for f in ("acme.json", "import.json"))
assert not second["made"] and first["public_key_sha256"] == second["public_key_sha256"]' ||
    fail "the transcript of pai import"
token 0 pai import acme acme.pem --paa paa.pem
said 'already'
token 1 pai import acme acme2.pem --paa paa.pem
said CERTIFICATE_EXISTS
openssl verify -x509_strict -check_ss_sig -CAfile paa.pem acme.pem > /dev/null ||
    fail "OpenSSL refuses the chain"
openssl x509 -in acme.pem -noout -ext keyUsage | grep -q 'CRL Sign' || fail "no cRLSign"

token 0 pai list
said '^acme .* FFF1'
token 0 pai list --json
python3 -c 'import json; d = json.load(open("out")); assert {"acme", "bolt"} <= {k["label"] for k in d["keys"]}'
token 0 check --json
python3 -c 'import json
d = json.load(open("out"))
assert d["failed"] == 0 and d["token"]["software"] is True
assert all(k["self_test"] == "ok" and k["policy"]["class"] == "strict" for k in d["keys"])'

token 0 cd create --key cd-signer --vendor-id 0xFFF1 --product-id 0x8000 --product-id 0x8001 \
    -o cd.der --signer-cert cd-signer.pem
cp cd-signer.pem first.pem
token 0 cd create --key cd-signer --vendor-id 0xFFF1 --product-id 0x8000 -o cd.der \
    --signer-cert cd-signer.pem
cmp -s cd-signer.pem first.pem || fail "the signer's certificate changed"
openssl verify -x509_strict -check_ss_sig -CAfile cd-signer.pem cd-signer.pem > /dev/null ||
    fail "OpenSSL refuses the CD signer's certificate"
openssl cms -verify -inform DER -in cd.der -certfile cd-signer.pem -CAfile cd-signer.pem \
    -purpose any -binary -out cd.tlv 2> cms.txt || { cat cms.txt; fail "OpenSSL refuses the CD"; }
token 1 cd create --key cd-signer --vendor-id 0xFFF1 --product-id 0x8000 -o cd.der \
    --signer-cert cd-signer.pem --certificate-id short
said CD_CERTIFICATE_ID

# usage
for words in 'pai create x' 'pai create --vendor-id 0xFFF1' 'pai create x --vendor-id 65521x' \
    'pai create x --vendor-id 010' 'pai create x --vendor-id 0xFFFF' 'pai list --days 3' \
    'pai list extra' 'check --lock a' 'nothing' 'pai nothing'; do
    # shellcheck disable=SC2086 # words are to be split
    token 2 $words
done
"$hsm" pai create --help > out || fail "--help"
said 'mintmark-hsm pai create acme-2026'
"$hsm" --help > out || fail "--help"

# PINs: never on a command line, never from a file others can read, never twice when wrong
token 0 check
chmod 0644 pin
token 1 check
said SECRET_FILE_MODE
chmod 0600 pin
mv pin pin.right
printf 'wrong\n' > pin
chmod 0600 pin
token 4 check
said PIN_REFUSED
token 1 check --json
python3 -c 'import json; assert json.load(open("out"))["error"]["reason"] == "PIN_LATCHED"'
"$hsm" unlatch --latch pin.latch > out
said removed
mv pin.right pin
token 0 check
if grep -q -F -f pin out token.lock; then
    fail "the PIN was shown"
fi
echo "ceremony ok"
