/* What the `mintmark nvs` commands share: their arguments, keys and files. */
#ifndef MINTMARK_CLIENT_NVS_H
#define MINTMARK_CLIENT_NVS_H

#include "lib/base/secret.h"
#include "lib/nvs/crypt.h"
#include "lib/nvs/reader.h"

/* The options a command accepts, as a set. */
enum nvs_option {
    NVS_OPTION_VERSION = 1,
    NVS_OPTION_KEYS = 2,
    NVS_OPTION_HMAC_KEY = 4,
    NVS_OPTION_UNPADDED = 8,
    NVS_OPTION_FORCE = 16,
    NVS_OPTION_STRICT = 32,
};

struct nvs_command {
    const char *name; /* "nvs build" */
    const char *help; /* the whole text of --help */
    unsigned options; /* of enum nvs_option; --help and --json belong to all */
    int operands_min;
    int operands_max; /* 0: any number */
};

struct nvs_arguments {
    char **operands;
    int operand_count;
    const char *keys;     /* path or NULL */
    const char *hmac_key; /* path or NULL */
    int version;          /* 1 or 2 */
    bool unpadded;
    bool force;
    bool strict;
    bool json;
};

/* Reads the words of a command. False when it is done already: after --help (exit code 0) or wrong
 * usage, which has been told. */
bool nvs_arguments_read(const struct nvs_command *command, int argc, char **argv,
                        struct nvs_arguments *ret_arguments, int *ret_exit_code);

/* The 64 bytes of NVS keys from --keys or --hmac-key; *ret_keys stays empty when neither is given.
 * The key files must be closed to group and others. */
MUST_USE status_t nvs_keys_read(const struct nvs_arguments *arguments, struct secret *ret_keys,
                                struct problem *problem);

/* Reads the image in a file, decrypted where keys are given, and its items. Fails where the content
 * is no NVS partition, which is how wrong keys show. Caller frees ret_reader. */
MUST_USE status_t nvs_image_read(const char *path, const struct secret *keys, struct buf *ret_image,
                                 struct nvs_reader **ret_reader, struct problem *problem);

/* After a command: prints the output and returns 0, or tells the failure and returns its exit
 * code. */
int nvs_finish(status_t status, struct problem *problem, bool json, const struct buf *output);

#endif
