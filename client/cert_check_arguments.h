/* The words of `mintmark cert check`. */
#ifndef MINTMARK_CLIENT_CERT_CHECK_ARGUMENTS_H
#define MINTMARK_CLIENT_CERT_CHECK_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CERT_CHECK_CD_SIGNERS_MAX = 16 };

struct cert_check_arguments {
    const char *dac;
    const char *pai;
    const char *paa;
    const char *cd;
    const char *cd_signers[CERT_CHECK_CD_SIGNERS_MAX];
    size_t cd_signer_count;
    int32_t vendor_id;  /* -1: not given */
    int32_t product_id; /* -1: not given */
    int64_t at;         /* Unix time */
    bool json;
};

/* Fills in what was given; the rest stays as the caller set it. Borrows the words. Exit code of
 * wrong usage (told already), 0 when all is well, -1 after --help. */
int cert_check_arguments_read(int argc, char **argv, struct cert_check_arguments *ret_arguments);

#endif
