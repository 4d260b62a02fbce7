/* A folder of bought DACs, as a table of their files. */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/admin/order_data.h"

enum { PATH_SIZE = 4096, DEPTH_MAX = 4 };

static const char CERT[] = "cert";
static const char *const ENDINGS[] = {".der", ".pem"}; /* the first is taken when both are there */

/* "…cert.der" with `word` instead of "cert" and this ending; "" when it is too long. */
static void change_name(const char *path, size_t stem, const char *word, const char *ending,
                        char ret_path[static PATH_SIZE])
{
    int size = snprintf(ret_path, PATH_SIZE, "%.*s%s%s", (int)stem, path, word, ending);
    if (size < 0 || size >= PATH_SIZE) {
        ret_path[0] = '\0';
    }
}

/* A path ends in "cert.der" or "cert.pem"; ret_stem is the part before. */
static bool is_certificate(const char *path, size_t *ret_stem, size_t *ret_ending)
{
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        size_t tail = strlen(CERT) + strlen(ENDINGS[i]);
        if (size > tail && strncmp(path + size - tail, CERT, strlen(CERT)) == 0 &&
            strcmp(path + size - strlen(ENDINGS[i]), ENDINGS[i]) == 0) {
            *ret_stem = size - tail;
            *ret_ending = i;
            return true;
        }
    }
    return false;
}

/* The one beside it that is the same in DER. */
static bool has_der(const char *path, size_t stem)
{
    char der[PATH_SIZE];
    change_name(path, stem, CERT, ENDINGS[0], der);
    return access(der, F_OK) == 0;
}

/* Without a key beside it a certificate is a PAI's. */
static bool find_key(const char *path, size_t stem, char ret_key[static PATH_SIZE])
{
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        change_name(path, stem, "key", ENDINGS[i], ret_key);
        if (ret_key[0] != '\0' && access(ret_key, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

static void add_file(const char *path, struct buf *table)
{
    size_t stem = 0;
    size_t ending = 0;
    char key[PATH_SIZE];
    if (is_certificate(path, &stem, &ending) && (ending == 0 || !has_der(path, stem)) &&
        find_key(path, stem, key)) {
        buf_print(table, "\"%s\",\"%s\"\n", path, key);
    }
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static status_t check_name(const char *path, struct problem *problem)
{
    return strpbrk(path, "\"\r\n") == NULL
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "FOLDER_NAME", "",
                             "a file's name has a quotation mark or a line break: rename it");
}

status_t order_data_folder(const char *path, struct buf *ret_table, struct problem *problem)
{
    char *roots[] = {NULL, NULL};
    memcpy(&roots[0], &path, sizeof(roots[0])); /* fts only reads */
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, by_name);
    status_t status = walk != NULL ? STATUS_OK : STATUS_IO;
    size_t before = ret_table->size;
    buf_append_text(ret_table, "dac-cert,dac-key\n");
    size_t header = ret_table->size;
    for (FTSENT *entry; status == STATUS_OK && (entry = fts_read(walk)) != NULL;) {
        if (entry->fts_level > DEPTH_MAX) {
            (void)fts_set(walk, entry, FTS_SKIP);
        } else if (entry->fts_info == FTS_F || entry->fts_info == FTS_NSOK) {
            status = check_name(entry->fts_path, problem);
            add_file(entry->fts_path, ret_table);
        }
    }
    if (walk != NULL) {
        (void)fts_close(walk);
    }
    TRY(status);
    TRY(buf_status(ret_table));
    if (ret_table->size == header) {
        ret_table->size = before;
        return problem_say(problem, STATUS_NOT_FOUND, "FOLDER_EMPTY", "",
                           "%.200s holds no DAC: NAMEcert.pem or NAMEcert.der with NAMEkey beside "
                           "it",
                           path);
    }
    return STATUS_OK;
}
