#include "server/issue/draw.h"

#include <ctype.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/matter/spake2p.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"

/* no I, L, O, U: a person reads these from a label */
static const char SERIAL_ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static status_t random_bytes(void *ret_bytes, size_t size)
{
    return RAND_priv_bytes(ret_bytes, (int)size) == 1 ? STATUS_OK : STATUS_CRYPTO;
}

static status_t draw_passcode(uint32_t *ret_passcode)
{
    for (;;) {
        uint32_t candidate = 0;
        TRY(random_bytes(&candidate, sizeof(candidate)));
        candidate &= (1u << 27) - 1; /* uniform: reject what is out of range, never reduce */
        if (matter_spake2p_passcode_valid(candidate)) {
            *ret_passcode = candidate;
            return STATUS_OK;
        }
    }
}

static status_t draw_dac_key(struct issue_secrets *secrets, uint8_t *ret_point)
{
    for (;;) {
        uint8_t *candidate = secrets->dac_key;
        TRY(random_bytes(candidate, sizeof(secrets->dac_key)));
        AUTO(secret_wipe) struct secret scalar = {0};
        status_t status = pki_plain_key_from_random(SPAN_OF(secrets->dac_key), &scalar, ret_point);
        if (status == STATUS_OK) {
            memcpy(candidate, scalar.data, sizeof(secrets->dac_key));
        }
        if (status != STATUS_INVALID) { /* invalid: 0 or >= n, draw again */
            return status;
        }
    }
}

static status_t draw_commissioning(const struct issue_product *product,
                                   struct issue_secrets *secrets)
{
    secrets->discriminator = (uint16_t)product->fixed_discriminator;
    if (product->fixed_discriminator < 0) {
        TRY(random_bytes(&secrets->discriminator, sizeof(secrets->discriminator)));
        secrets->discriminator &= 0x0FFF;
    }
    secrets->salt_size = product->salt_length;
    TRY(random_bytes(secrets->salt, secrets->salt_size));
    if (product->image.dynamic_passcode) {
        return STATUS_OK; /* the device makes passcode and verifier from this salt */
    }
    secrets->passcode = product->fixed_passcode;
    if (product->fixed_passcode == 0) {
        TRY(draw_passcode(&secrets->passcode));
    }
    return matter_spake2p_verifier(secrets->passcode, span_make(secrets->salt, secrets->salt_size),
                                   product->image.spake2p_iterations, secrets->verifier);
}

void issue_draw_day(int64_t now_ms, char ret_day[static 11])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm date;
    (void)localtime_r(&seconds, &date);
    (void)strftime(ret_day, 11, "%Y-%m-%d", &date);
}

static void draw_date(const struct issue_product *product, int64_t now_ms,
                      struct issue_secrets *secrets)
{
    const char *date = product->manufacturing_date;
    if (date != NULL && strcmp(date, ISSUE_TODAY) == 0) {
        issue_draw_day(now_ms, secrets->manufacturing_date);
    } else if (date != NULL) {
        (void)snprintf(secrets->manufacturing_date, sizeof(secrets->manufacturing_date), "%s",
                       date);
    }
}

static status_t draw_secrets(const struct issue_product *product, int64_t now_ms,
                             struct store_unit *unit, struct secret *ret_secrets)
{
    AUTO(secret_wipe) struct secret memory = {0};
    TRY(secret_new(&memory, sizeof(struct issue_secrets)));
    struct issue_secrets *secrets = issue_draw_secrets(&memory);
    TRY(draw_dac_key(secrets, unit->public_key));
    TRY(draw_commissioning(product, secrets));
    draw_date(product, now_ms, secrets);
    TRY(random_bytes(secrets->nonce, sizeof(secrets->nonce)));
    secrets->has_rotating_id = product->rotating_id;
    if (secrets->has_rotating_id) {
        TRY(random_bytes(secrets->rotating_id, sizeof(secrets->rotating_id)));
    }
    secrets->has_nvs_keys = product->image.nvs_encryption == IMAGE_NVS_KEY_PARTITION;
    if (secrets->has_nvs_keys) {
        TRY(random_bytes(secrets->nvs_keys, sizeof(secrets->nvs_keys)));
    }
    secrets->has_nvs_hmac_key = product->image.nvs_encryption == IMAGE_NVS_HMAC;
    if (secrets->has_nvs_hmac_key) {
        TRY(random_bytes(secrets->nvs_hmac_key, sizeof(secrets->nvs_hmac_key)));
    }
    *ret_secrets = memory;
    memory = (struct secret){0};
    return STATUS_OK;
}

status_t issue_draw(const struct issue_product *product, const struct issue_request *request,
                    int64_t now_ms, struct store_unit *unit, struct secret *ret_secrets,
                    struct problem *problem)
{
    TRY(random_bytes(unit->record_id, sizeof(unit->record_id)));
    TRY(random_bytes(unit->dac_serial, sizeof(unit->dac_serial)));
    /* spec: positive, top bit clear, first octet not zero; the builder asks for the same shape */
    unit->dac_serial[0] = (uint8_t)((unit->dac_serial[0] & 0x7F) | 0x40);
    if (request->key_source == STORE_KEY_CSR) {
        return pki_pkcs10_check(request->csr, unit->public_key, problem);
    }
    TRY(issue_draw_serial_number(product->serial_number_pattern, unit->serial_number, problem));
    return draw_secrets(product, now_ms, unit, ret_secrets);
}

status_t issue_draw_uuid(char ret_uuid[static 37])
{
    uint8_t b[16];
    TRY(random_bytes(b, sizeof(b)));
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
    (void)snprintf(ret_uuid, 37,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return STATUS_OK;
}

/* "{random:N}" at `text` → N, and how many characters it takes; 0 when it is something else. */
static size_t placeholder(const char *text, size_t *ret_count)
{
    static const char START[] = "{random:";
    if (strncmp(text, START, sizeof(START) - 1) != 0) {
        return 0;
    }
    const char *digits = text + sizeof(START) - 1;
    char *end = NULL;
    unsigned long count = isdigit((unsigned char)*digits) ? strtoul(digits, &end, 10) : 0;
    if (count == 0 || count > STORE_SERIAL_NUMBER_MAX || end == NULL || *end != '}') {
        return 0;
    }
    *ret_count = count;
    return (size_t)(end + 1 - text);
}

static status_t draw_characters(char *ret_text, size_t count)
{
    uint8_t bytes[STORE_SERIAL_NUMBER_MAX];
    TRY(random_bytes(bytes, count));
    for (size_t i = 0; i < count; i++) {
        ret_text[i] = SERIAL_ALPHABET[bytes[i] & 31];
    }
    return STATUS_OK;
}

status_t issue_draw_serial_number(const char *pattern,
                                  char ret_serial[static STORE_SERIAL_NUMBER_MAX + 1],
                                  struct problem *problem)
{
    char serial[STORE_SERIAL_NUMBER_MAX + 1];
    size_t size = 0;
    while (*pattern != '\0') {
        size_t count = 1;
        size_t taken = *pattern == '{' ? placeholder(pattern, &count) : 1;
        if (taken == 0) {
            return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_PATTERN", "serial_number",
                               "unknown placeholder at \"%.20s\": write {random:N}, N 1..32",
                               pattern);
        }
        if (size + count > STORE_SERIAL_NUMBER_MAX) {
            return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_PATTERN", "serial_number",
                               "the pattern gives more than %d characters: shorten it",
                               STORE_SERIAL_NUMBER_MAX);
        }
        if (*pattern == '{') {
            TRY(draw_characters(serial + size, count));
        } else {
            serial[size] = *pattern;
        }
        size += count;
        pattern += taken;
    }
    serial[size] = '\0';
    memcpy(ret_serial, serial, size + 1);
    return STATUS_OK;
}

/* One description of the stored form for both directions. */
static uint8_t *put(uint8_t *place, const void *bytes, size_t size)
{
    memcpy(place, bytes, size);
    return place + size;
}

void issue_draw_encode(const struct issue_secrets *s, uint8_t ret_bytes[static ISSUE_SECRETS_SIZE])
{
    uint8_t *p = ret_bytes;
    write_le32(p, s->passcode);
    write_le16(p + 4, s->discriminator);
    p[6] = s->salt_size;
    p = put(p + 7, s->salt, sizeof(s->salt));
    p = put(p, s->verifier, sizeof(s->verifier));
    p = put(p, s->dac_key, sizeof(s->dac_key));
    *p++ = s->has_rotating_id ? 1 : 0;
    p = put(p, s->rotating_id, sizeof(s->rotating_id));
    *p++ = s->has_nvs_keys ? 1 : 0;
    p = put(p, s->nvs_keys, sizeof(s->nvs_keys));
    *p++ = s->has_nvs_hmac_key ? 1 : 0;
    p = put(p, s->nvs_hmac_key, sizeof(s->nvs_hmac_key));
    p = put(p, s->manufacturing_date, sizeof(s->manufacturing_date));
    (void)put(p, s->nonce, sizeof(s->nonce));
}

static const uint8_t *take(const uint8_t *place, void *ret_bytes, size_t size)
{
    memcpy(ret_bytes, place, size);
    return place + size;
}

status_t issue_draw_decode(struct span bytes, struct secret *ret_secrets)
{
    if (bytes.size != ISSUE_SECRETS_SIZE ||
        bytes.data[6] > sizeof(((struct issue_secrets *)0)->salt)) {
        return STATUS_DATA_LOSS;
    }
    TRY(secret_new(ret_secrets, sizeof(struct issue_secrets)));
    struct issue_secrets *s = issue_draw_secrets(ret_secrets);
    const uint8_t *p = bytes.data;
    s->passcode = read_le32(p);
    s->discriminator = read_le16(p + 4);
    s->salt_size = p[6];
    p = take(p + 7, s->salt, sizeof(s->salt));
    p = take(p, s->verifier, sizeof(s->verifier));
    p = take(p, s->dac_key, sizeof(s->dac_key));
    s->has_rotating_id = *p++ == 1;
    p = take(p, s->rotating_id, sizeof(s->rotating_id));
    s->has_nvs_keys = *p++ == 1;
    p = take(p, s->nvs_keys, sizeof(s->nvs_keys));
    s->has_nvs_hmac_key = *p++ == 1;
    p = take(p, s->nvs_hmac_key, sizeof(s->nvs_hmac_key));
    p = take(p, s->manufacturing_date, sizeof(s->manufacturing_date));
    s->manufacturing_date[sizeof(s->manufacturing_date) - 1] = '\0';
    (void)take(p, s->nonce, sizeof(s->nonce));
    return STATUS_OK;
}
