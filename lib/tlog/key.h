/* The public key under which a log signs, with the name it signs by (SPEC §3). */
#ifndef MINTMARK_LIB_TLOG_KEY_H
#define MINTMARK_LIB_TLOG_KEY_H

#include "lib/base/signer.h"

enum {
    TLOG_NAME_MAX = 96, /* "<site>/<epoch>" is at most 71 */
    TLOG_PUBLIC_KEY_MAX = 65,
    TLOG_KEY_ID_SIZE = 4,
    TLOG_KEY_TEXT_SIZE = 320, /* of tlog_key_write, with its NUL */
};

struct tlog_key {
    char name[TLOG_NAME_MAX + 1]; /* also the log's origin */
    enum signer_algorithm algorithm;
    uint8_t id[TLOG_KEY_ID_SIZE];
    uint8_t point[TLOG_PUBLIC_KEY_MAX]; /* 04‖X‖Y of P-256, or the 32 bytes of Ed25519 */
};

/* Names: visible ASCII without '+', not empty, at most TLOG_NAME_MAX. */
bool tlog_key_name_valid(struct span name);

/* From a DER SubjectPublicKeyInfo: Ed25519 or P-256. STATUS_INVALID LOG_KEY_NAME, LOG_KEY. */
MUST_USE status_t tlog_key_init(const char *name, struct span spki, struct tlog_key *ret_key,
                                struct problem *problem);

/* The same key by another name: another epoch's. STATUS_INVALID LOG_KEY_NAME. */
MUST_USE status_t tlog_key_rename(const struct tlog_key *key, const char *name,
                                  struct tlog_key *ret_key, struct problem *problem);

/* Whether `name` is a later epoch of `other`'s log: "acme/2" of "acme/1" (SPEC §4). */
bool tlog_key_name_follows(const char *name, const char *other);

/* One line of text, "name+id+key": how a log's key is written in a configuration. */
void tlog_key_write(const struct tlog_key *key, char ret_text[static TLOG_KEY_TEXT_SIZE]);
/* STATUS_MALFORMED LOG_KEY when it is not such a line; white space around it is not passed over. */
MUST_USE status_t tlog_key_read(struct span text, struct tlog_key *ret_key,
                                struct problem *problem);

/* STATUS_REFUSED unless the signature over the message verifies. */
MUST_USE status_t tlog_key_verify(const struct tlog_key *key, struct span message,
                                  struct span signature);

#endif
