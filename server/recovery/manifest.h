/* A backup: a folder with the database, what belongs with it, and manifest.json, which has the size
 * and SHA-256 of each file and comes last (SPEC.md §1). */
#ifndef MINTMARK_SERVER_RECOVERY_MANIFEST_H
#define MINTMARK_SERVER_RECOVERY_MANIFEST_H

#include "lib/base/digest.h"
#include "server/store/backup.h"

enum {
    MANIFEST_FORMAT = 1,
    MANIFEST_FILES_MAX = 256, /* two certificates of each of 64 PAIs, and few others */
    MANIFEST_NAME_MAX = 79,
    MANIFEST_MAX = 128 * 1024,
};

#define MANIFEST_FILE "manifest.json"
#define MANIFEST_DATABASE "mintmark.db"

struct manifest_file {
    char name[MANIFEST_NAME_MAX + 1]; /* of a file in the folder: no '/', not hidden */
    uint64_t size;
    uint8_t sha256[SHA256_SIZE];
};

struct manifest {
    struct store_copy copy; /* of the database */
    int64_t made_ms;
    uint8_t config_sha256[SHA256_SIZE]; /* of the configuration, as entries of type start have it */
    struct manifest_file files[MANIFEST_FILES_MAX];
    size_t file_count;
};

/* Size and digest of <folder>/<name>, read now. */
MUST_USE status_t manifest_measure(const char *folder, const char *name,
                                   struct manifest_file *ret_file, struct problem *problem);

/* Measures a file and adds it. */
MUST_USE status_t manifest_add(struct manifest *manifest, const char *folder, const char *name,
                               struct problem *problem);

/* Appends the JSON text. */
MUST_USE status_t manifest_write(const struct manifest *manifest, struct buf *ret_json);

/* Reads <folder>/manifest.json and measures every file it names. STATUS_REFUSED BACKUP_MANIFEST
 * (not a backup of this format), STATUS_DATA_LOSS BACKUP_CHANGED (a file is missing, or is not the
 * one that was backed up). */
MUST_USE status_t manifest_read(const char *folder, struct manifest *ret_manifest,
                                struct problem *problem);

#endif
