/* What the `mintmark secure-cert` commands share: their arguments and files. */
#ifndef MINTMARK_CLIENT_SECURE_CERT_H
#define MINTMARK_CLIENT_SECURE_CERT_H

#include "lib/securecert/unit.h"

/* Options with a value, in the order of the texts below. */
enum secure_cert_text {
    SECURE_CERT_OUT,
    SECURE_CERT_SIZE,
    SECURE_CERT_DAC,
    SECURE_CERT_PAI,
    SECURE_CERT_KEY,
    SECURE_CERT_ECDSA_PERIPHERAL,
    SECURE_CERT_HMAC_KEY,
    SECURE_CERT_HMAC_SALT,
    SECURE_CERT_NEW_SALT,
    SECURE_CERT_DISCRIMINATOR,
    SECURE_CERT_PASSCODE,
    SECURE_CERT_ITERATIONS,
    SECURE_CERT_SALT,
    SECURE_CERT_ROTATING_ID,
    SECURE_CERT_TEXTS,
};

/* Options without; --help and --json belong to all. */
enum secure_cert_switch {
    SECURE_CERT_HMAC_DERIVED,
    SECURE_CERT_INTEGRITY,
    SECURE_CERT_SHOW_SECRETS,
    SECURE_CERT_JSON,
    SECURE_CERT_SWITCHES,
};

struct secure_cert_arguments {
    const char *texts[SECURE_CERT_TEXTS]; /* NULL: not given */
    bool switches[SECURE_CERT_SWITCHES];
    char **operands;
};

struct secure_cert_command {
    const char *name;  /* "secure-cert build" */
    const char *help;  /* the whole text of --help */
    unsigned texts;    /* bits 1 << enum secure_cert_text that it accepts */
    unsigned switches; /* bits 1 << enum secure_cert_switch */
    int operands;      /* how many it wants */
    /* Tells options that do not go together: their exit code, or 0. May be NULL. */
    int (*check_usage)(const struct secure_cert_arguments *arguments);
    /* Does the work; what it appends to the secret ret_output is printed, after a failure too
     * unless it is JSON. */
    status_t (*run)(const struct secure_cert_arguments *arguments, struct buf *ret_output,
                    struct problem *problem);
};

/* Reads the words, runs the command, prints and returns its exit code. */
int secure_cert_run(const struct secure_cert_command *command, int argc, char **argv);

/* files_read_secret of exactly `size` bytes, an HMAC key or its salt; `reason` when it has others.
 */
MUST_USE status_t secure_cert_read_exactly(const char *path, size_t size, const char *reason,
                                           struct buf *ret_content, struct problem *problem);

#endif
