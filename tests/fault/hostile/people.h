/* Who a hostile front of the administration speaks for, what they would change, and statements with
 * their signatures: right ones and wrong ones. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_PEOPLE_H
#define MINTMARK_TESTS_FAULT_HOSTILE_PEOPLE_H

#include "lib/approval/statement.h"
#include "lib/pki/plain_key.h"
#include "mintmark/v1/administration.pb-c.h"
#include "server/method.h"
#include "tests/fault/hostile/random.h"

enum { PEOPLE = 7, PEOPLE_DEVICES = 20, PEOPLE_CONTENT_MAX = 32 * 1024 };

/* BLOCKED is an operator who was blocked and shows the right key; ATTACKER an id and a key that
 * nobody enrolled. */
enum who { OP_1, OP_2, AUDITOR, STATION, BLOCKED, ATTACKER, NOBODY };

struct person {
    const char *id;
    struct pki_plain_key *key; /* NULL: none */
    uint8_t spki_sha256[SHA256_SIZE];
};

struct people {
    struct person list[PEOPLE];
    const char *records; /* of its devices 00 to 19: 32 hexadecimal digits and a blank each */
    char waiting[2 * SHA256_SIZE + 1]; /* id of a change that waited */
    Mintmark__V1__Product *product;    /* an approved one, by which others are made */
};

/* Keys are read from `folder`, quickstart's identities. Ends the program when they cannot be, or
 * when `records`, which is borrowed, are not as many as there are devices. */
void people_init(struct people *people, const char *folder, const char *records,
                 struct random *random);
void people_done(struct people *people);

/* Replaces *ret_content: what a change of this kind could say, of products, orders, stations and
 * devices that are there or not. Nothing in it takes a power from the operators. */
void people_content(struct people *people, struct random *random, const struct method_change *kind,
                    struct buf *ret_content);

/* What an attacker would like to have: an operator more, or one less. */
void people_attack(const struct method_change *kind, struct random *random,
                   struct buf *ret_content);

/* A signed statement and who sends it. */
struct people_signed {
    char text[APPROVAL_STATEMENT_MAX + 1];
    uint8_t signature[APPROVAL_SIGNATURE_MAX];
    size_t signature_size;
    enum who caller;
};

/* As it must be: `who` proposes or approves this change. */
void people_sign(const struct people *people, const Mintmark__V1__Change *change,
                 enum approval_act act, enum who who, struct random *random,
                 struct people_signed *ret_signed);

/* As above, and then one thing in it that must be refused. */
void people_sign_wrong(const struct people *people, const Mintmark__V1__Change *change,
                       enum approval_act act, enum who who, struct random *random,
                       struct people_signed *ret_signed);

#endif
