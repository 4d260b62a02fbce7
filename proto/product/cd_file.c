#include "proto/product/cd_file.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"

enum { CD_FILE_MAX = 4096 };

status_t product_cd_file_read(const char *path, Mintmark__V1__Product *message,
                              struct problem *problem)
{
    Mintmark__V1__CertificationDeclaration *cd = message->certification_declaration;
    char folder[PATH_MAX];
    char file[PATH_MAX];
    AUTO(buf_done) struct buf content;
    if (cd == NULL || cd->file[0] == '\0') {
        return STATUS_OK; /* the product's own check says what is missing */
    }
    (void)snprintf(folder, sizeof(folder), "%s", path);
    bool fits =
        cd->file[0] == '/'
            ? snprintf(file, sizeof(file), "%s", cd->file) < (int)sizeof(file)
            : snprintf(file, sizeof(file), "%s/%s", dirname(folder), cd->file) < (int)sizeof(file);
    buf_init(&content, CD_FILE_MAX);
    status_t status = fits ? file_read(file, &content) : STATUS_TOO_LARGE;
    if (status != STATUS_OK) {
        return problem_say(problem, status, "CD_FILE", "certification_declaration.file",
                           "cannot read %.200s: %s", file, status_text(status));
    }
    cd->content.data = malloc(content.size > 0 ? content.size : 1);
    if (cd->content.data == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(cd->content.data, content.data, content.size);
    cd->content.len = content.size;
    return STATUS_OK;
}
