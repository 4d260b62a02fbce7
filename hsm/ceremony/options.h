/* Command line of mintmark-hsm: one table of options, one struct of their values. */
#ifndef MINTMARK_HSM_CEREMONY_OPTIONS_H
#define MINTMARK_HSM_CEREMONY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

enum {
    CEREMONY_WORDS_MAX = 2,
    CEREMONY_PRODUCTS_MAX = 100, /* product ids of one CD, Matter Core Specification §6.3.1 */
    CEREMONY_DAYS_MAX = 365 * 100,
    CEREMONY_PEOPLE_MAX = 16, /* lib/ceremony/SPEC.md §1 */
    CEREMONY_PERSON_MAX = 128,
};

/* Where Debian's libsofthsm2 puts the module. */
#define CEREMONY_DEFAULT_MODULE "/usr/lib/softhsm/libsofthsm2.so"

/* enumerator, long name, kind of value, member, help */
#define CEREMONY_OPTIONS(X)                                                                        \
    X(MODULE, "module", TEXT, module, "PKCS#11 module, absolute path (default: Debian's SoftHSM)") \
    X(TOKEN, "token", TEXT, token, "label of the token")                                           \
    X(SERIAL, "serial", TEXT, serial, "serial of the token, when several share a label")           \
    X(PIN_FILE, "pin-file", TEXT, pin_file, "file with the user PIN, mode 0600")                   \
    X(SO_PIN_FILE, "so-pin-file", TEXT, so_pin_file, "file with the security officer's PIN")       \
    X(SOFTHSM2_CONF, "softhsm2-conf", TEXT, softhsm2_conf, "SoftHSM's configuration file")         \
    X(LOCK, "lock", TEXT, lock, "the service's token.lock, taken while the token is used")         \
    X(LATCH, "latch", TEXT, latch, "the service's PIN latch file")                                 \
    X(OUTPUT, "output", TEXT, output, "file to write (-o)")                                        \
    X(COMMON_NAME, "common-name", TEXT, common_name, "CN of the subject, at most 64 characters")   \
    X(KEY_LABEL, "key-label", TEXT, key,                                                           \
      "label of the key (default mintmark-paa, -identity, -log)")                                  \
    X(KEY, "key", TEXT, key, "label of the key")                                                   \
    X(PAA, "paa", TEXT, paa, "certificate of the PAA, PEM or DER")                                 \
    X(PAA_KEY, "paa-key", TEXT, paa_key, "label of the PAA's key in the token")                    \
    X(CSR, "csr", TEXT, csr, "certificate request, PEM or DER")                                    \
    X(NOT_BEFORE, "not-before", DATE, not_before, "first day, YYYY-MM-DD (default today, UTC)")    \
    X(DAYS, "days", DAYS, days, "validity in days (default: no expiry)")                           \
    X(VENDOR_ID, "vendor-id", VENDOR, vendor_id, "vendor id, 0xFFF1 or decimal")                   \
    X(PRODUCT_ID, "product-id", PRODUCT, product_ids, "product id; may be repeated for a CD")      \
    X(DEVICE_TYPE, "device-type", NUMBER, device_type, "device type id (default 0x0100)")          \
    X(CERTIFICATE_ID, "certificate-id", TEXT, certificate_id,                                      \
      "the CD's certificate id, 19 characters (default ZIG20141ZB330001-24)")                      \
    X(SIGNER_CERT, "signer-cert", TEXT, signer_cert, "certificate of the CD signer, PEM")          \
    X(TRANSCRIPT, "transcript", TEXT, transcript,                                                  \
      "new file for the ceremony's transcript, for mintmark ceremony record")                      \
    X(PERSON, "person", PERSON, people, "who is there, for the transcript; may be repeated")       \
    X(JSON, "json", FLAG, json, "print JSON")                                                      \
    X(HELP, "help", FLAG, help, "print this help")

enum ceremony_option {
#define CEREMONY_OPTION_ENUM(id, name, kind, member, text) CEREMONY_OPTION_##id,
    CEREMONY_OPTIONS(CEREMONY_OPTION_ENUM)
#undef CEREMONY_OPTION_ENUM
        CEREMONY_OPTION_COUNT
};
#define CEREMONY_HAS(id) (1u << CEREMONY_OPTION_##id)

/* Options of every command that logs in. */
#define CEREMONY_COMMON                                                                            \
    (CEREMONY_HAS(MODULE) | CEREMONY_HAS(TOKEN) | CEREMONY_HAS(SERIAL) | CEREMONY_HAS(PIN_FILE) |  \
     CEREMONY_HAS(SOFTHSM2_CONF) | CEREMONY_HAS(LOCK) | CEREMONY_HAS(LATCH))
#define CEREMONY_RECORD (CEREMONY_HAS(TRANSCRIPT) | CEREMONY_HAS(PERSON))
#define CEREMONY_LOGIN (CEREMONY_HAS(TOKEN) | CEREMONY_HAS(PIN_FILE))

struct ceremony_options {
    const char *words[CEREMONY_WORDS_MAX]; /* behind noun and verb */
    size_t word_count;
    unsigned given; /* CEREMONY_HAS bits */
    const char *module;
    const char *token;
    const char *serial;
    const char *pin_file;
    const char *so_pin_file;
    const char *softhsm2_conf;
    const char *lock;
    const char *latch;
    const char *output;
    const char *common_name;
    const char *key;
    const char *paa;
    const char *paa_key;
    const char *csr;
    const char *certificate_id;
    const char *signer_cert;
    int64_t not_before; /* Unix time; -1: not given */
    int64_t days;       /* 0: no expiry */
    int64_t vendor_id;  /* -1: not given */
    uint16_t product_ids[CEREMONY_PRODUCTS_MAX];
    size_t product_id_count;
    int64_t device_type;
    const char *transcript; /* NULL: none is written */
    const char *people[CEREMONY_PEOPLE_MAX];
    size_t people_count;
    bool json;
    bool help;
};

/* Reads the words behind noun and verb. Borrows argv. STATUS_USAGE names the option. */
MUST_USE status_t ceremony_options_read(int argc, char **argv, unsigned allowed,
                                        struct ceremony_options *ret_options,
                                        struct problem *problem);

/* Every required option and word is there; STATUS_USAGE otherwise. */
MUST_USE status_t ceremony_options_check(const struct ceremony_options *options, unsigned required,
                                         size_t words_min, size_t words_max,
                                         struct problem *problem);

/* "  --module TEXT   help" for each allowed option, to standard output. */
void ceremony_options_print(unsigned allowed);

/* First product id, or -1. */
int32_t ceremony_options_product(const struct ceremony_options *options);

#endif
