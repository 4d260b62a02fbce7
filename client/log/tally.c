#include "client/log/tally.h"

#include <stdlib.h>

#include "lib/base/digest.h"

enum { ROWS_FIRST = 32 };

void tally_done(struct tally *tally)
{
    for (size_t i = 0; i < tally->count; i++) {
        free(tally->rows[i].name);
    }
    free(tally->rows);
    audit_table_done(&tally->names);
    *tally = (struct tally){0};
}

static uint32_t number_of(const struct tally *tally, const char *name,
                          uint8_t ret_digest[static SHA256_SIZE])
{
    digest_sha256(span_text(name), ret_digest);
    return audit_table_get(&tally->names, 't', span_make(ret_digest, SHA256_SIZE));
}

static status_t grow(struct tally *tally)
{
    if (tally->count < tally->capacity) {
        return STATUS_OK;
    }
    size_t capacity = tally->capacity > 0 ? 2 * tally->capacity : ROWS_FIRST;
    struct tally_row *rows = realloc(tally->rows, capacity * sizeof(*rows));
    if (rows == NULL) {
        return STATUS_NO_MEMORY;
    }
    tally->rows = rows;
    tally->capacity = capacity;
    return STATUS_OK;
}

status_t tally_row(struct tally *tally, const char *name, struct tally_row **ret_row)
{
    uint8_t digest[SHA256_SIZE];
    uint32_t number = number_of(tally, name, digest);
    if (number > 0) {
        *ret_row = &tally->rows[number - 1];
        return STATUS_OK;
    }
    if (tally->count == TALLY_ROWS_MAX) {
        tally->left_out++;
        *ret_row = NULL;
        return STATUS_OK;
    }
    TRY(grow(tally));
    TRY(audit_table_put(&tally->names, 't', SPAN_OF(digest), (uint32_t)tally->count + 1));
    char *copy = strdup(name);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    tally->rows[tally->count] = (struct tally_row){.name = copy};
    *ret_row = &tally->rows[tally->count++];
    return STATUS_OK;
}

const struct tally_row *tally_find(const struct tally *tally, const char *name)
{
    uint8_t digest[SHA256_SIZE];
    uint32_t number = number_of(tally, name, digest);
    return number > 0 ? &tally->rows[number - 1] : NULL;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct tally_row *)left)->name, ((const struct tally_row *)right)->name);
}

static int by_count(const void *left, const void *right)
{
    uint64_t a = ((const struct tally_row *)left)->counts[0];
    uint64_t b = ((const struct tally_row *)right)->counts[0];
    return a != b ? (a < b) - (a > b) : by_name(left, right);
}

static void sort(struct tally *tally, int (*compare)(const void *, const void *))
{
    if (tally->count > 0) {
        qsort(tally->rows, tally->count, sizeof(*tally->rows), compare);
    }
}

void tally_sort_names(struct tally *tally)
{
    sort(tally, by_name);
}

void tally_sort_counts(struct tally *tally)
{
    sort(tally, by_count);
}

void tally_part(const struct tally_row *row, size_t part, char *ret_text, size_t size)
{
    const char *at = row->name;
    for (; part > 0 && at != NULL; part--) {
        at = strchr(at, TALLY_PART);
        at = at != NULL ? at + 1 : NULL;
    }
    const char *end = at != NULL ? strchr(at, TALLY_PART) : NULL;
    size_t length = at == NULL ? 0 : end != NULL ? (size_t)(end - at) : strlen(at);
    length = length < size ? length : size - 1;
    if (length > 0) {
        memcpy(ret_text, at, length);
    }
    ret_text[length] = '\0';
}
