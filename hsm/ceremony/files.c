#include "hsm/ceremony/files.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/pki/pem.h"

enum { FILE_MAX = 64 * 1024, SECONDS_PER_DAY = 86400 };

status_t ceremony_files_read(const char *path, const char *label, struct buf *ret_der,
                             struct problem *problem)
{
    AUTO(buf_done) struct buf content = {0};
    buf_init(&content, FILE_MAX);
    status_t status = file_read(path, &content);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_READ", path, "cannot read %s: %s", path,
                           status == STATUS_TOO_LARGE ? "larger than 64 KiB" : strerror(errno));
    }
    struct problem why = {0};
    status = pki_pem_decode(buf_span(&content), label, ret_der, &why);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_CONTENT", path, "%s is not a %s: %s", path, label,
                           why.message);
    }
    return STATUS_OK;
}

status_t ceremony_files_write(const char *path, struct span content, struct problem *problem)
{
    status_t status = file_write(path, content, 0644);
    return status == STATUS_OK ? status
                               : problem_say(problem, status, "FILE_WRITE", path,
                                             "cannot write %s: %s", path, strerror(errno));
}

status_t ceremony_files_write_pem(const char *path, struct span der, const char *label,
                                  struct problem *problem)
{
    AUTO(buf_done) struct buf pem = {0};
    buf_init(&pem, FILE_MAX);
    TRY(pki_pem_encode(der, label, &pem));
    return ceremony_files_write(path, buf_span(&pem), problem);
}

status_t ceremony_files_check_absent(const char *path, struct problem *problem)
{
    if (access(path, F_OK) == 0) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", path,
                           "%s exists already and is not overwritten: move it away first", path);
    }
    return STATUS_OK;
}

status_t ceremony_files_dates(const struct ceremony_options *options, int64_t earliest,
                              int64_t latest, int64_t *ret_not_before, int64_t *ret_not_after,
                              struct problem *problem)
{
    int64_t now = time(NULL);
    int64_t start = options->not_before >= 0 ? options->not_before : now - now % SECONDS_PER_DAY;
    if (options->not_before < 0 && start < earliest) {
        start = earliest;
    }
    if (start > now || start < earliest) {
        return problem_say(problem, STATUS_INVALID, "NOT_BEFORE", "not-before",
                           "notBefore lies %s: choose another day, and check this host's clock",
                           start > now ? "in the future" : "before the issuer's");
    }
    int64_t end = options->days > 0 ? start + options->days * SECONDS_PER_DAY - 1 : latest;
    if (end > latest) {
        return problem_say(problem, STATUS_INVALID, "NOT_AFTER", "days",
                           "the certificate would outlive its issuer: give fewer --days");
    }
    *ret_not_before = start;
    *ret_not_after = end;
    return STATUS_OK;
}

status_t ceremony_files_serial(uint8_t ret_serial[static MATTER_SERIAL_SIZE])
{
    return RAND_bytes(ret_serial, MATTER_SERIAL_SIZE) == 1 ? STATUS_OK : STATUS_CRYPTO;
}

void ceremony_files_day(int64_t time, char *ret_text)
{
    struct tm day;
    time_t seconds = time;
    if (time == MATTER_NO_EXPIRY || gmtime_r(&seconds, &day) == NULL ||
        strftime(ret_text, CEREMONY_DAY_SIZE, "%Y-%m-%d", &day) == 0) {
        (void)snprintf(ret_text, CEREMONY_DAY_SIZE, "no expiry");
    }
}
