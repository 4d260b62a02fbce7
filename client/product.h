/* What `mintmark product init` and `product check` share: their arguments, and what the files of a
 * firmware build say. */
#ifndef MINTMARK_CLIENT_PRODUCT_H
#define MINTMARK_CLIENT_PRODUCT_H

#include "lib/image/partition_table.h"
#include "lib/image/sdkconfig.h"

enum {
    PRODUCT_PATH_MAX = 1024,
    PRODUCT_OUTPUT_MAX = 256 * 1024,
    PRODUCT_FLASHED_MAX = 32,                  /* files that a build flashes; ESP-IDF has 4 to 8 */
    PRODUCT_FLASHER_ARGS_FILE_MAX = 64 * 1024, /* a usual one has 1 KiB */
};

struct product_arguments {
    const char *operand;         /* product.yaml */
    const char *from;            /* a build's folder, or NULL */
    const char *sdkconfig;       /* given instead of the one found there … */
    const char *partition_table; /* … */
    const char *flasher_args;    /* … */
    const char *output;
    bool force;
    bool json;
};

struct product_command {
    const char *name;
    const char *help;
    bool checks; /* has an operand and --json; the other one has -o and --force */
};

/* False when the command is done already: after --help (exit code 0) or wrong usage, told. */
bool product_arguments_read(const struct product_command *command, int argc, char **argv,
                            struct product_arguments *ret_arguments, int *ret_exit_code);

struct product_flashed {
    uint32_t offset;
    char file[128];
};

/* Each part is there when its path is not empty. */
struct product_build {
    char sdkconfig_path[PRODUCT_PATH_MAX];
    struct image_sdkconfig sdkconfig;
    char table_path[PRODUCT_PATH_MAX];
    struct image_partition_table table;
    char flasher_path[PRODUCT_PATH_MAX];
    char chip[32]; /* of flasher_args.json; may be empty */
    struct product_flashed flashed[PRODUCT_FLASHED_MAX];
    size_t flashed_count;
};

/* Reads what is given, and what is found in the folder `from`: sdkconfig there or one above,
 * partition_table/partition-table.bin or the CSV that sdkconfig names, flasher_args.json. A file
 * that is not found is left out; one that cannot be read or understood is a problem. */
MUST_USE status_t product_build_read(const struct product_arguments *arguments,
                                     struct product_build *ret_build, struct problem *problem);

/* Where the build's partition table lies in flash. */
uint32_t product_build_table_offset(const struct product_build *build);

#endif
