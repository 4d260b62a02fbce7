#include "proto/product/file.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "proto/product/cd_file.h"
#include "proto/product/table.h"
#include "proto/product/vendor.h"

bool product_file_path(const struct product_file *file, char ret_path[static PATH_MAX])
{
    char folder[PATH_MAX];
    if (file->name[0] == '/') {
        return snprintf(ret_path, PATH_MAX, "%s", file->name) < PATH_MAX;
    }
    return snprintf(folder, sizeof(folder), "%s", file->path) < PATH_MAX &&
           snprintf(ret_path, PATH_MAX, "%s/%s", dirname(folder), file->name) < PATH_MAX;
}

status_t product_file_read(const struct product_file *file, ProtobufCBinaryData *content,
                           struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf bytes;
    buf_init_secret(&bytes, file->limit);
    status_t status = product_file_path(file, path) ? file_read(path, &bytes) : STATUS_TOO_LARGE;
    if (status != STATUS_OK) {
        return problem_say(problem, status, "PRODUCT_FILE", file->field, "cannot read %.200s: %s",
                           file->name, status_text(status));
    }
    uint8_t *copy = malloc(bytes.size > 0 ? bytes.size : 1);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (bytes.size > 0) {
        memcpy(copy, bytes.data, bytes.size);
    }
    free(content->data);
    content->data = copy;
    content->len = bytes.size;
    return STATUS_OK;
}

status_t product_files_read(const char *path, Mintmark__V1__Product *message,
                            struct problem *problem)
{
    TRY(product_cd_file_read(path, message, problem));
    TRY(product_table_read(path, message, problem));
    return product_vendor_files_read(path, message, problem);
}
