#include "proto/product/cd_file.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"

enum { CD_FILE_MAX = 4096 };

static Mintmark__V1__CertificationDeclaration *cd_of(Mintmark__V1__Product *message)
{
    if (message->certification_declaration == NULL) {
        Mintmark__V1__CertificationDeclaration *cd = malloc(sizeof(*cd));
        if (cd != NULL) {
            mintmark__v1__certification_declaration__init(cd);
        }
        message->certification_declaration = cd;
    }
    return message->certification_declaration;
}

status_t product_cd_file_take(const char *file, Mintmark__V1__Product *message,
                              struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, CD_FILE_MAX);
    status_t status = file_read(file, &content);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "CD_FILE", "certification_declaration.file",
                           "cannot read %.200s: %s", file, status_text(status));
    }
    Mintmark__V1__CertificationDeclaration *cd = cd_of(message);
    uint8_t *bytes = malloc(content.size > 0 ? content.size : 1);
    if (cd == NULL || bytes == NULL) {
        free(bytes);
        return STATUS_NO_MEMORY;
    }
    if (content.size > 0) {
        memcpy(bytes, content.data, content.size);
    }
    free(cd->content.data);
    cd->content = (ProtobufCBinaryData){.len = content.size, .data = bytes};
    return STATUS_OK;
}

status_t product_cd_file_read(const char *path, Mintmark__V1__Product *message,
                              struct problem *problem)
{
    const Mintmark__V1__CertificationDeclaration *cd = message->certification_declaration;
    char folder[PATH_MAX];
    char file[PATH_MAX];
    if (cd == NULL || cd->file[0] == '\0') {
        return STATUS_OK; /* the product's own check says what is missing */
    }
    (void)snprintf(folder, sizeof(folder), "%s", path);
    bool fits =
        cd->file[0] == '/'
            ? snprintf(file, sizeof(file), "%s", cd->file) < (int)sizeof(file)
            : snprintf(file, sizeof(file), "%s/%s", dirname(folder), cd->file) < (int)sizeof(file);
    return fits ? product_cd_file_take(file, message, problem)
                : problem_say(problem, STATUS_TOO_LARGE, "CD_FILE",
                              "certification_declaration.file", "the path is too long");
}
