/* All units of a batch, as its batch.json lists them. */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/files.h"
#include "client/image_build_lists.h"
#include "client/image_verify.h"
#include "client/json.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"

static const char LIST[] = "batch.json";

enum { LINE_MAX_SIZE = 4096 };

struct batch {
    const char *folder;
    const struct trust *trust;
    bool json;
    struct buf identities; /* digests of serial numbers and DACs, SHA256_SIZE each */
    size_t count;
    size_t faults;
    status_t first; /* fault's status */
};

/* A row of batch.json. */
struct row {
    const char *folder;
    const char *serial_number;
    const char *dac_sha256;
    const char *manifest_sha256;
};

static status_t bad_list(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "BATCH", LIST, "%s %s: make the batch again",
                       LIST, what);
}

bool image_verify_is_batch(const char *folder)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof(path), "%s/%s", folder, LIST) < (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

static status_t read_row(json_t *entry, struct row *ret_row, struct problem *problem)
{
    struct row row;
    if (json_unpack(entry, "{s:s, s:s, s:s, s:s}", "folder", &row.folder, "serial_number",
                    &row.serial_number, "dac_sha256", &row.dac_sha256, "manifest_sha256",
                    &row.manifest_sha256) != 0 ||
        row.folder[0] == '.' || row.folder[0] == '\0' || strchr(row.folder, '/') != NULL) {
        return bad_list("has an entry that is no unit", problem);
    }
    *ret_row = row;
    return STATUS_OK;
}

/* ---- one unit ---- */

static status_t check_digest(const char *name, struct span content, const char *listed,
                             struct batch *batch, struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    char words[2 * SHA256_SIZE + 1];
    digest_sha256(content, digest);
    hex_encode(SPAN_OF(digest), words);
    buf_append_span(&batch->identities, SPAN_OF(digest));
    return strcmp(words, listed) == 0
               ? STATUS_OK
               : problem_say(problem, STATUS_DATA_LOSS, "BATCH", name,
                             "%s is not what %s lists: another unit's, or changed", name, LIST);
}

static status_t check_row(struct batch *batch, const struct row *row, struct problem *problem)
{
    AUTO(image_verify_unit_done) struct image_verify_unit unit;
    struct image_verify_verdict verdict;
    char path[PATH_MAX];
    uint8_t serial[SHA256_SIZE];
    image_verify_unit_init(&unit);
    if (snprintf(path, sizeof(path), "%s/%s", batch->folder, row->folder) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "FOLDER", "a path is too long");
    }
    TRY(image_verify_unit_read(path, &unit, problem));
    TRY(image_verify_unit_check(&unit, batch->trust, &verdict, problem));
    if (strcmp(label_units_at(&unit.codes, 0)->serial_number, row->serial_number) != 0) {
        return problem_say(problem, STATUS_DATA_LOSS, "BATCH", "onboarding.json",
                           "the serial number is not what %s lists", LIST);
    }
    digest_sha256(span_text(row->serial_number), serial);
    buf_append_span(&batch->identities, SPAN_OF(serial));
    TRY(check_digest("dac.der", buf_span(&unit.dac), row->dac_sha256, batch, problem));
    TRY(check_digest("manifest.json", buf_span(&unit.set.manifest), row->manifest_sha256, batch,
                     problem));
    return buf_status(&batch->identities);
}

static void tell_fault(struct batch *batch, const char *unit, const struct problem *problem)
{
    const struct {
        const char *name;
        const char *text;
    } members[] = {{"unit", unit},
                   {"reason", problem->reason},
                   {"field", problem->field},
                   {"message", problem->message}};
    AUTO(buf_done) struct buf line;
    buf_init(&line, LINE_MAX_SIZE);
    if (!batch->json) {
        buf_print(&line, "  %-12s %s [%s] (%s)\n", unit, problem->message, problem->field,
                  problem->reason);
    }
    for (size_t i = 0; batch->json && i < sizeof(members) / sizeof(members[0]); i++) {
        buf_append_text(&line, i > 0 ? "" : batch->faults == 0 ? "{" : ", {");
        json_append_name(&line, members[i].name, i == 0);
        json_append_text(&line, span_text(members[i].text));
    }
    buf_append_text(&line, batch->json ? "}" : "");
    (void)fwrite(line.data, 1, line.size, stdout);
}

/* A unit that is not whole is told, and the next one looked at. */
static void check_unit(struct batch *batch, json_t *entry)
{
    struct row row = {.folder = LIST};
    struct problem problem = {0};
    status_t status = read_row(entry, &row, &problem);
    if (status == STATUS_OK) {
        status = check_row(batch, &row, &problem);
    }
    batch->count++;
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        tell_fault(batch, row.folder, &problem);
        batch->first = batch->faults++ == 0 ? status : batch->first;
    }
}

/* ---- all of them ---- */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SHA256_SIZE);
}

/* Each unit adds three digests, which no other unit may have. */
static bool are_unique(struct buf *identities)
{
    size_t count = identities->size / SHA256_SIZE;
    if (count > 1) {
        qsort(identities->data, count, SHA256_SIZE, compare);
    }
    for (size_t i = 1; i < count; i++) {
        const uint8_t *at = identities->data + i * SHA256_SIZE;
        if (memcmp(at, at - SHA256_SIZE, SHA256_SIZE) == 0) {
            return false;
        }
    }
    return true;
}

static void check_all(struct batch *batch, json_t *units)
{
    size_t index;
    json_t *entry;
    (void)fputs(batch->json ? "{\"problems\": [" : "", stdout);
    json_array_foreach(units, index, entry)
    {
        check_unit(batch, entry);
    }
    if (!are_unique(&batch->identities)) {
        struct problem problem = {0};
        (void)problem_say(&problem, STATUS_DATA_LOSS, "BATCH", LIST,
                          "two units have the same serial number, DAC or manifest");
        tell_fault(batch, LIST, &problem);
        batch->first = batch->faults++ == 0 ? STATUS_DATA_LOSS : batch->first;
    }
}

static void tell(const struct batch *batch)
{
    if (batch->json) {
        (void)printf("], \"verdict\": \"%s\", \"units\": %zu, \"faults\": %zu}\n",
                     batch->faults == 0 ? "whole" : "damaged", batch->count, batch->faults);
    } else if (batch->faults == 0) {
        (void)printf("All %zu units of the batch are whole.\n", batch->count);
    } else {
        (void)printf("%zu units, %zu faults: do not flash them.\n", batch->count, batch->faults);
    }
}

status_t image_verify_batch(const char *folder, const struct trust *trust, bool json,
                            int *ret_exit_code, struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf text;
    struct batch batch = {.folder = folder, .trust = trust, .json = json};
    (void)snprintf(path, sizeof(path), "%s/%s", folder, LIST);
    buf_init(&text, IMAGE_BUILD_LIST_MAX);
    TRY(files_read(path, &text, problem));
    json_t *root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    json_t *units = json_object_get(root, "units");
    if (json_array_size(units) == 0) {
        json_decref(root);
        return bad_list("lists no units", problem);
    }
    buf_init(&batch.identities, json_array_size(units) * 3 * SHA256_SIZE);
    check_all(&batch, units);
    json_decref(root);
    buf_done(&batch.identities);
    tell(&batch);
    *ret_exit_code = batch.faults == 0 ? 0 : status_exit_code(batch.first);
    return STATUS_OK;
}
