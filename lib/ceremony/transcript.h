/* The transcript of a key ceremony, as mintmark-hsm writes it (SPEC.md). It has no secret. */
#ifndef MINTMARK_LIB_CEREMONY_TRANSCRIPT_H
#define MINTMARK_LIB_CEREMONY_TRANSCRIPT_H

#include "lib/base/digest.h"

enum {
    CEREMONY_TRANSCRIPT_MAX = 32 * 1024, /* bytes; a key with its attributes takes about one KiB */
    CEREMONY_KEYS_MAX = 8,               /* a command makes two at most */
    CEREMONY_PEOPLE_MAX = 16,
    CEREMONY_PERSON_MAX = 128, /* bytes */
    CEREMONY_COMMAND_MAX = 64,
    CEREMONY_TIME_SIZE = 21, /* "2026-11-22T20:15:00Z" */
    CEREMONY_VERSION_MAX = 64,
    CEREMONY_TOKEN_LABEL_MAX = 32,
    CEREMONY_TOKEN_SERIAL_MAX = 16,
    CEREMONY_PURPOSE_MAX = 15,
    CEREMONY_LABEL_MAX = 64,
    CEREMONY_CLASS_MAX = 15,
};

struct ceremony_key {
    char purpose[CEREMONY_PURPOSE_MAX + 1]; /* pai, seal, log, identity */
    char label[CEREMONY_LABEL_MAX + 1];
    char class[CEREMONY_CLASS_MAX + 1]; /* strict, replica, dev */
    bool made;                          /* in this ceremony; false: it was there */
    uint8_t public_key_sha256[SHA256_SIZE];
    size_t public_key_sha256_size; /* 0: a secret key */
};

struct ceremony_transcript {
    char command[CEREMONY_COMMAND_MAX + 1]; /* "pai create" */
    char time[CEREMONY_TIME_SIZE];
    char version[CEREMONY_VERSION_MAX + 1];
    char token_label[CEREMONY_TOKEN_LABEL_MAX + 1];
    char token_serial[CEREMONY_TOKEN_SERIAL_MAX + 1];
    bool software;
    size_t people;
    size_t key_count;
    struct ceremony_key keys[CEREMONY_KEYS_MAX]; /* no two of one purpose and label */
    uint8_t sha256[SHA256_SIZE];                 /* of the exact bytes */
};

/* STATUS_MALFORMED or STATUS_INVALID, reason TRANSCRIPT; the problem's field names the member. */
MUST_USE status_t ceremony_transcript_read(struct span text,
                                           struct ceremony_transcript *ret_transcript,
                                           struct problem *problem);

#endif
