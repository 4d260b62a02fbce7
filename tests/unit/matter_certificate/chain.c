#include "tests/unit/matter_certificate/chain.h"

#include "lib/base/hex.h"
#include "lib/matter/certificate_ids.h"
#include "lib/pki/der.h"
#include "lib/pki/oid.h"

struct chain chain;

static void make_key(struct chain *made, enum matter_kind kind)
{
    uint8_t scalar[PKI_SCALAR_SIZE];
    memset(scalar, 0x11 * ((int)kind + 1), sizeof(scalar));
    assert_ok(pki_plain_key_public(SPAN_OF(scalar), made->points[kind]));
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &made->keys[kind]));
}

struct matter_certificate chain_recipe(const struct chain *made, enum matter_kind kind)
{
    static const char *const names[] = {"Test PAA", "Test PAI", "Test DAC"};
    struct matter_certificate recipe = {
        .kind = kind,
        .common_name = names[kind],
        .vendor_id = CHAIN_VENDOR,
        .product_id = kind == MATTER_DAC ? CHAIN_PRODUCT : -1,
        .not_before = CHAIN_BEGIN + CHAIN_DAY * (int)kind,
        .not_after = MATTER_NO_EXPIRY,
        .public_key = SPAN_OF(made->points[kind]),
        .issuer = kind == MATTER_PAA ? NULL : &made->certificates[kind - 1],
    };
    memset(recipe.serial, 0x80 + (int)kind, sizeof(recipe.serial));
    return recipe;
}

struct signer chain_signer(const struct chain *made, enum matter_kind kind)
{
    return pki_plain_key_signer(made->keys[kind == MATTER_PAA ? MATTER_PAA : kind - 1]);
}

void chain_init(struct chain *made)
{
    *made = (struct chain){0};
    for (enum matter_kind kind = MATTER_PAA; kind <= MATTER_DAC; kind++) {
        struct problem problem = {0};
        make_key(made, kind);
        buf_init(&made->der[kind], PKI_CERTIFICATE_MAX);
        struct matter_certificate recipe = chain_recipe(made, kind);
        struct signer signer = chain_signer(made, kind);
        if (matter_certificate_issue(&recipe, &signer, &made->der[kind], &problem) != STATUS_OK) {
            fail_msg("%s: %s", problem.reason, problem.message);
        }
        assert_ok(
            pki_certificate_parse(buf_span(&made->der[kind]), &made->certificates[kind], &problem));
    }
}

void chain_done(struct chain *made)
{
    for (size_t i = 0; i < 3; i++) {
        pki_plain_key_free(made->keys[i]);
        buf_done(&made->der[i]);
    }
}

int chain_set_up(void **state)
{
    (void)state;
    chain_init(&chain);
    return 0;
}

int chain_tear_down(void **state)
{
    (void)state;
    chain_done(&chain);
    return 0;
}

void chain_cut(struct span tbs, struct chain_parts *ret_parts)
{
    struct span body;
    struct span wrapper;
    struct span list;
    static const uint8_t tags[CHAIN_PARTS] = {
        PKI_DER_CONTEXT_CONSTRUCTED(0),
        PKI_DER_INTEGER,
        PKI_DER_SEQUENCE,
        PKI_DER_SEQUENCE,
        PKI_DER_SEQUENCE,
        PKI_DER_SEQUENCE,
        PKI_DER_SEQUENCE,
    };
    *ret_parts = (struct chain_parts){0};
    assert_ok(pki_der_take(&tbs, PKI_DER_SEQUENCE, &body));
    for (size_t i = 0; i < CHAIN_PARTS; i++) {
        assert_ok(pki_der_take_element(&body, tags[i], &ret_parts->parts[i]));
    }
    assert_ok(pki_der_take(&body, PKI_DER_CONTEXT_CONSTRUCTED(3), &wrapper));
    assert_ok(pki_der_take(&wrapper, PKI_DER_SEQUENCE, &list));
    while (list.size > 0) {
        struct span *extension = &ret_parts->extensions[ret_parts->extension_count++];
        assert_ok(pki_der_take_element(&list, PKI_DER_SEQUENCE, extension));
    }
}

void chain_join(const struct chain_parts *parts, struct buf *ret_tbs)
{
    size_t body = pki_der_open(ret_tbs, PKI_DER_SEQUENCE);
    for (size_t i = 0; i < CHAIN_PARTS; i++) {
        buf_append_span(ret_tbs, parts->parts[i]);
    }
    if (parts->extension_count > 0) {
        size_t wrapper = pki_der_open(ret_tbs, PKI_DER_CONTEXT_CONSTRUCTED(3));
        size_t list = pki_der_open(ret_tbs, PKI_DER_SEQUENCE);
        for (size_t i = 0; i < parts->extension_count; i++) {
            buf_append_span(ret_tbs, parts->extensions[i]);
        }
        pki_der_close(ret_tbs, list);
        pki_der_close(ret_tbs, wrapper);
    }
    pki_der_close(ret_tbs, body);
    assert_ok(buf_status(ret_tbs));
}

struct buf chain_hex(const char *text)
{
    struct buf bytes;
    buf_init(&bytes, PKI_CERTIFICATE_MAX);
    assert_ok(hex_decode(span_text(text), &bytes));
    return bytes;
}

static struct span oid_of(const char *type)
{
    static const uint8_t organization[] = {0x55, 0x04, 0x0A};
    if (strcmp(type, "CN") == 0) {
        return pki_oid_common_name;
    }
    if (strcmp(type, "VID") == 0) {
        return matter_certificate_ids_oid_vendor;
    }
    return strcmp(type, "PID") == 0 ? matter_certificate_ids_oid_product : SPAN_OF(organization);
}

static void put_attribute(struct buf *name, const char *word)
{
    char type[8] = "";
    bool printable = word[0] == 'p';
    const char *value = strchr(word, '=') + 1;
    const char *start = printable ? word + 1 : word;
    memcpy(type, start, (size_t)(value - 1 - start));
    size_t pair = pki_der_open(name, PKI_DER_SEQUENCE);
    pki_der_put(name, PKI_DER_OID, oid_of(type));
    pki_der_put(name, printable ? PKI_DER_PRINTABLE_STRING : PKI_DER_UTF8_STRING, span_text(value));
    pki_der_close(name, pair);
}

struct buf chain_name(const char *text)
{
    struct buf name;
    char copy[512];
    size_t set = 0;
    buf_init(&name, PKI_CERTIFICATE_MAX);
    (void)snprintf(copy, sizeof(copy), "%s", text);
    size_t sequence = pki_der_open(&name, PKI_DER_SEQUENCE);
    for (char *rest = copy, *word; (word = strsep(&rest, "/")) != NULL && *word != '\0';) {
        bool joins = *word == '+';
        if (!joins) {
            if (set > 0) {
                pki_der_close(&name, set);
            }
            set = pki_der_open(&name, PKI_DER_SET);
        }
        put_attribute(&name, joins ? word + 1 : word);
    }
    if (set > 0) {
        pki_der_close(&name, set);
    }
    pki_der_close(&name, sequence);
    assert_ok(buf_status(&name));
    return name;
}
