#include "client/files.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/pki/pem.h"

enum {
    PEM_FILE_MAX = 64 * 1024, /* a PEM file may hold explanatory text */
    ROW_FILE_MAX = 64 * 1024,
};

status_t files_read(const char *path, struct buf *ret_content, struct problem *problem)
{
    errno = 0;
    status_t status = file_read(path, ret_content);
    if (status == STATUS_TOO_LARGE) {
        return problem_say(problem, status, "FILE_TOO_LARGE", path, "%s is larger than %zu bytes",
                           path, ret_content->limit);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_READ", path, "cannot read %s: %s", path,
                           errno != 0 ? strerror(errno) : status_text(status));
    }
    return STATUS_OK;
}

status_t files_read_pem(const char *path, const char *label, struct buf *ret_der,
                        struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, PEM_FILE_MAX);
    TRY(files_read(path, &content, problem));
    status_t status = pki_pem_decode(buf_span(&content), label, ret_der, problem);
    if (status != STATUS_OK && problem->message[0] != '\0') {
        (void)snprintf(problem->field, sizeof(problem->field), "%s", path);
    }
    return status;
}

status_t files_read_certificate(const char *path, struct buf *ret_der, struct problem *problem)
{
    return files_read_pem(path, "CERTIFICATE", ret_der, problem);
}

status_t files_read_secret(const char *path, struct buf *ret_content, struct problem *problem)
{
    int descriptor = -1;
    TRY(file_open_secret(path, &descriptor, problem));
    status_t status = file_read_descriptor(descriptor, ret_content);
    (void)close(descriptor);
    return status == STATUS_OK
               ? STATUS_OK
               : problem_say(problem, status, "FILE_READ", path, "cannot read the secret in %s: %s",
                             path, status_text(status));
}

status_t files_read_row_key(void *context, const char *path, struct buf *ret_content,
                            struct problem *problem)
{
    (void)context;
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, ROW_FILE_MAX);
    TRY(files_read_secret(path, &content, problem));
    buf_append_span(ret_content, buf_span(&content));
    return buf_status(ret_content);
}

/* A private key among vendor data, such as a cloud's client key. */
static bool is_private_key(struct span content)
{
    static const char mark[] = "PRIVATE KEY-----";
    return memmem(content.data, content.size, mark, sizeof(mark) - 1) != NULL;
}

status_t files_read_row(void *context, const char *path, struct buf *ret_content,
                        struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, ROW_FILE_MAX);
    TRY(files_read(path, &content, problem));
    if (is_private_key(buf_span(&content))) {
        return files_read_row_key(context, path, ret_content, problem);
    }
    buf_append_span(ret_content, buf_span(&content));
    return buf_status(ret_content);
}

static status_t write_by(status_t (*write)(const char *path, struct span content, mode_t mode),
                         const char *path, struct span content, struct problem *problem)
{
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return problem_say(problem, STATUS_REFUSED, "FILE_KIND", path,
                           "%s exists and is not a regular file: give another name", path);
    }
    errno = 0;
    status_t status = write(path, content, 0600);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_WRITE", path, "cannot write %s: %s", path,
                           errno != 0 ? strerror(errno) : status_text(status));
    }
    return STATUS_OK;
}

status_t files_write(const char *path, struct span content, struct problem *problem)
{
    return write_by(file_write, path, content, problem);
}

status_t files_write_output(const char *path, struct span content, struct problem *problem)
{
    return write_by(file_replace, path, content, problem);
}
