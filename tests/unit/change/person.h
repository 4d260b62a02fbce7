/* Somebody with a key and a certificate. */
#ifndef MINTMARK_TESTS_UNIT_CHANGE_PERSON_H
#define MINTMARK_TESTS_UNIT_CHANGE_PERSON_H

#include "lib/pki/plain_key.h"
#include "server/store/store.h"

struct person {
    char id[STORE_IDENTITY_MAX + 1];
    struct pki_plain_key *key;
    struct buf certificate; /* DER, with the id as its only URI */
    uint8_t spki_sha256[32];
};

/* `curve` "P-256", or another to be refused. days: of the certificate's life from now. */
void person_init_with(struct person *person, const char *id, const char *curve, long days);
void person_init(struct person *person, const char *id);
void person_done(struct person *person);

/* As `mintmarkd --init` enrols. */
void person_enrol(const struct person *person, int role, const char *line, struct store *store);

#endif
