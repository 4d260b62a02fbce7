/* The words of `mintmark cd show` and `check`, and the files they name. */
#ifndef MINTMARK_CLIENT_CD_ARGUMENTS_H
#define MINTMARK_CLIENT_CD_ARGUMENTS_H

#include "lib/base/buf.h"

enum { CD_SIGNERS_MAX = 16 };

struct cd_command {
    const char *name; /* "cd show" */
    const char *help; /* the whole text of --help */
    bool checks;      /* takes --vendor-id and --product-id, which it needs, and --paa */
};

struct cd_arguments {
    const char *file;
    const char *vendor_id;  /* NULL: not given */
    const char *product_id; /* NULL: not given */
    const char *paa;        /* NULL: not given */
    const char *cd_signers[CD_SIGNERS_MAX];
    size_t cd_signer_count;
    bool json;
};

/* Exit code of wrong usage (told already), 0 when all is well, -1 after --help. */
int cd_arguments_read(const struct cd_command *command, int argc, char **argv,
                      struct cd_arguments *ret_arguments);

/* The content of the files, certificates as DER. Caller ends it, also after a failure. */
struct cd_files {
    struct buf cd;
    struct buf paa; /* empty: not given */
    struct buf signer_bytes[CD_SIGNERS_MAX];
    struct span signers[CD_SIGNERS_MAX]; /* borrow from signer_bytes */
};

void cd_files_init(struct cd_files *files);
void cd_files_done(struct cd_files *files);
OWN_VALUE(struct cd_files, cd_files_done)
MUST_USE status_t cd_files_load(const struct cd_arguments *arguments, struct cd_files *files,
                                struct problem *problem);

#endif
