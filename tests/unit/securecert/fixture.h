/* Units for tests of the partition: certificates for fixed keys, and commissioning data. */
#ifndef MINTMARK_TESTS_UNIT_SECURECERT_FIXTURE_H
#define MINTMARK_TESTS_UNIT_SECURECERT_FIXTURE_H

#include "lib/pki/plain_key.h"
#include "lib/securecert/unit.h"
#include "tests/support/test.h"

struct fixture {
    uint8_t scalar[PKI_SCALAR_SIZE];  /* a key of its own */
    uint8_t hmac_key[32];             /* 00 … 1f */
    uint8_t hmac_salt[32];            /* 00 … 1f */
    uint8_t derived[PKI_SCALAR_SIZE]; /* what they give */
    uint8_t verifier[97];             /* w0 and L made of the first scalar */
    uint8_t salt[16];
    uint8_t rotating_id[16];
    struct buf pai;
    struct buf other_pai;   /* another PAI, by another key */
    struct buf dac;         /* for `scalar`, under pai */
    struct buf derived_dac; /* for `derived`, under pai */
};

/* The fixture of the program, made at the first call. */
const struct fixture *fixture_get(void);

/* A unit with everything in it, its key in plaintext, 0x2000 bytes. */
struct securecert_unit fixture_unit(void);

bool fixture_contains(struct span bytes, struct span part);

/* Refuses with this status and reason; the test program has a variable `problem`. */
#define assert_refused(expression, expected_status, expected_reason)                               \
    do {                                                                                           \
        memset(&problem, 0, sizeof(problem));                                                      \
        assert_int_equal((expression), (expected_status));                                         \
        assert_string_equal(problem.reason, (expected_reason));                                    \
        assert_true(problem.message[0] != '\0' && problem.status == (expected_status));            \
    } while (0)

#endif
