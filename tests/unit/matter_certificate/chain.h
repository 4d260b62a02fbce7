/* A PAA, PAI and DAC made from fixed keys, and the means to make bad ones. */
#ifndef MINTMARK_TESTS_UNIT_MATTER_CERTIFICATE_CHAIN_H
#define MINTMARK_TESTS_UNIT_MATTER_CERTIFICATE_CHAIN_H

#include "lib/matter/certificate.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

enum {
    CHAIN_VENDOR = 0xFFF1,
    CHAIN_PRODUCT = 0x8000,
    CHAIN_BEGIN = 1700000000, /* of the PAA; the PAI and the DAC begin a day later each */
    CHAIN_DAY = 86400,
};

struct chain {
    struct pki_plain_key *keys[3]; /* by enum matter_kind */
    uint8_t points[3][PKI_POINT_SIZE];
    struct buf der[3];
    struct pki_certificate certificates[3];
};

void chain_init(struct chain *made);
void chain_done(struct chain *made);
OWN_VALUE(struct chain, chain_done)

/* The one a test program works on, and cmocka's group fixtures for it. */
extern struct chain chain;
int chain_set_up(void **state);
int chain_tear_down(void **state);

/* What the chain's certificate of this kind says; its issuer is in the chain. */
struct matter_certificate chain_recipe(const struct chain *made, enum matter_kind kind);
/* The key that signs a certificate of this kind. */
struct signer chain_signer(const struct chain *made, enum matter_kind kind);

/* A TBS cut into the elements it is made of (each as DER), to be put together changed. */
enum chain_part {
    CHAIN_VERSION,
    CHAIN_SERIAL,
    CHAIN_ALGORITHM,
    CHAIN_ISSUER,
    CHAIN_VALIDITY,
    CHAIN_SUBJECT,
    CHAIN_SPKI,
    CHAIN_PARTS,
};
enum { CHAIN_EXTENSIONS_MAX = 18 };

struct chain_parts {
    struct span parts[CHAIN_PARTS];
    struct span extensions[CHAIN_EXTENSIONS_MAX];
    size_t extension_count;
};

void chain_cut(struct span tbs, struct chain_parts *ret_parts);
void chain_join(const struct chain_parts *parts, struct buf *ret_tbs);

/* Bytes of a hex text; the caller ends the buf. */
struct buf chain_hex(const char *text);

/* A Name as DER from "CN=words/VID=FFF1/PID=8000"; "p" before a type makes it a PrintableString,
 * "+" before it puts it into the relative name of the one before. */
struct buf chain_name(const char *text);

#endif
