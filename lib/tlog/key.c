#include "lib/tlog/key.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/hex.h"
#include "lib/pki/ed25519.h"
#include "lib/pki/plain_key.h"
#include "lib/tlog/hash.h"

/* SPEC §3.2: signature types. */
enum { TYPE_ED25519 = 0x01, TYPE_ECDSA = 0x02 };
enum { ENCODED_MAX = 1 + 128 }; /* type and public key; an SPKI of P-256 has 91 bytes */

bool tlog_key_name_valid(struct span name)
{
    if (name.size == 0 || name.size > TLOG_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == '+') {
            return false;
        }
    }
    return true;
}

/* The key as its text and its id have it: the type, then 32 bytes or an SPKI. */
static status_t encode(const struct tlog_key *key, struct buf *ret_bytes)
{
    if (key->algorithm == SIGNER_ED25519) {
        buf_append_byte(ret_bytes, TYPE_ED25519);
        buf_append(ret_bytes, key->point, PKI_ED25519_KEY_SIZE);
        return buf_status(ret_bytes);
    }
    buf_append_byte(ret_bytes, TYPE_ECDSA);
    return pki_plain_key_spki(SPAN_OF(key->point), ret_bytes);
}

/* SPEC §3.2: an ECDSA key's id does not depend on its name. */
static status_t make_id(struct tlog_key *key)
{
    AUTO(buf_done) struct buf bytes;
    AUTO(buf_done) struct buf named;
    uint8_t digest[SHA256_SIZE];
    buf_init(&bytes, ENCODED_MAX);
    buf_init(&named, TLOG_NAME_MAX + 1 + ENCODED_MAX);
    TRY(encode(key, &bytes));
    buf_append_text(&named, key->name);
    buf_append_byte(&named, '\n');
    buf_append_span(&named, buf_span(&bytes));
    TRY(buf_status(&named));
    digest_sha256(key->algorithm == SIGNER_ED25519 ? buf_span(&named)
                                                   : span_make(bytes.data + 1, bytes.size - 1),
                  digest);
    memcpy(key->id, digest, TLOG_KEY_ID_SIZE);
    return STATUS_OK;
}

static status_t read_spki(struct span spki, struct tlog_key *key)
{
    struct span point;
    if (pki_ed25519_spki_key(spki, &point) == STATUS_OK) {
        key->algorithm = SIGNER_ED25519;
    } else {
        TRY(pki_plain_key_spki_point(spki, &point));
        key->algorithm = SIGNER_ECDSA_P256_SHA256;
    }
    memcpy(key->point, point.data, point.size);
    return STATUS_OK;
}

static status_t set_name(struct tlog_key *key, const char *name, struct problem *problem)
{
    if (!tlog_key_name_valid(span_text(name))) {
        return problem_say(problem, STATUS_INVALID, "LOG_KEY_NAME", "name",
                           "a log's name is 1 to %d visible ASCII characters without '+'",
                           TLOG_NAME_MAX);
    }
    memcpy(key->name, name, strlen(name) + 1);
    return STATUS_OK;
}

status_t tlog_key_rename(const struct tlog_key *key, const char *name, struct tlog_key *ret_key,
                         struct problem *problem)
{
    struct tlog_key renamed = *key;
    TRY(set_name(&renamed, name, problem));
    TRY(make_id(&renamed));
    *ret_key = renamed;
    return STATUS_OK;
}

bool tlog_key_name_follows(const char *name, const char *other)
{
    const char *slash = strrchr(other, '/');
    size_t site = slash == NULL ? 0 : (size_t)(slash - other) + 1;
    return site > 0 && strncmp(name, other, site) == 0 &&
           strspn(name + site, "0123456789") == strlen(name + site) &&
           strtoul(name + site, NULL, 10) > strtoul(other + site, NULL, 10);
}

status_t tlog_key_init(const char *name, struct span spki, struct tlog_key *ret_key,
                       struct problem *problem)
{
    struct tlog_key key = {0};
    TRY(set_name(&key, name, problem));
    if (read_spki(spki, &key) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "LOG_KEY", "key",
                           "a log's key is on Ed25519 or P-256");
    }
    TRY(make_id(&key));
    *ret_key = key;
    return STATUS_OK;
}

void tlog_key_write(const struct tlog_key *key, char ret_text[static TLOG_KEY_TEXT_SIZE])
{
    AUTO(buf_done) struct buf bytes;
    char id[2 * TLOG_KEY_ID_SIZE + 1];
    char encoded[(ENCODED_MAX + 2) / 3 * 4 + 1] = "";
    buf_init(&bytes, ENCODED_MAX);
    hex_encode(SPAN_OF(key->id), id);
    if (encode(key, &bytes) == STATUS_OK) {
        base64_encode(buf_span(&bytes), encoded);
    }
    (void)snprintf(ret_text, TLOG_KEY_TEXT_SIZE, "%s+%s+%s", key->name, id, encoded);
}

/* The part before the next '+', taken off *rest with it. */
static bool take_part(struct span *rest, struct span *ret_part)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '+', rest->size);
    if (end == NULL) {
        return false;
    }
    *ret_part = span_make(rest->data, (size_t)(end - rest->data));
    *rest = span_make(end + 1, rest->size - ret_part->size - 1);
    return true;
}

static status_t read_encoded(struct span encoded, struct tlog_key *key)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, ENCODED_MAX);
    TRY(base64_decode(encoded, &bytes));
    if (bytes.size == 1 + PKI_ED25519_KEY_SIZE && bytes.data[0] == TYPE_ED25519) {
        key->algorithm = SIGNER_ED25519;
        memcpy(key->point, bytes.data + 1, PKI_ED25519_KEY_SIZE);
        return STATUS_OK;
    }
    if (bytes.size == 0 || bytes.data[0] != TYPE_ECDSA) {
        return STATUS_MALFORMED;
    }
    TRY(read_spki(span_make(bytes.data + 1, bytes.size - 1), key));
    return key->algorithm == SIGNER_ECDSA_P256_SHA256 ? STATUS_OK : STATUS_MALFORMED;
}

static status_t read_text(struct span text, struct tlog_key *ret_key)
{
    struct tlog_key key = {0};
    AUTO(buf_done) struct buf id;
    struct span name;
    struct span digits;
    buf_init(&id, TLOG_KEY_ID_SIZE);
    if (!take_part(&text, &name) || !take_part(&text, &digits) || !tlog_key_name_valid(name)) {
        return STATUS_MALFORMED;
    }
    memcpy(key.name, name.data, name.size);
    TRY(hex_decode(digits, &id));
    TRY(read_encoded(text, &key));
    TRY(make_id(&key));
    if (!span_equal(buf_span(&id), SPAN_OF(key.id))) {
        return STATUS_MALFORMED;
    }
    *ret_key = key;
    return STATUS_OK;
}

status_t tlog_key_read(struct span text, struct tlog_key *ret_key, struct problem *problem)
{
    if (read_text(text, ret_key) == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_MALFORMED, "LOG_KEY", "key",
                       "not a log's key: expected one line name+id+key, as the server prints it");
}

status_t tlog_key_verify(const struct tlog_key *key, struct span message, struct span signature)
{
    if (key->algorithm == SIGNER_ED25519) {
        return pki_ed25519_verify(key->point, message, signature);
    }
    return pki_plain_key_verify(SPAN_OF(key->point), message, signature);
}
