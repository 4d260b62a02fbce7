#include "proto/product/cd_file.h"

#include <stdlib.h>

#include "proto/product/file.h"

enum { CD_FILE_MAX = 4096 };

static const char FIELD[] = "certification_declaration.file";

static status_t read_cd(const struct product_file *file, Mintmark__V1__CertificationDeclaration *cd,
                        struct problem *problem)
{
    TRY(product_file_read(file, &cd->content, problem));
    return cd->content.len > 0
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PRODUCT_FILE", FIELD,
                             "%.200s is empty: give the Certification Declaration", file->name);
}

status_t product_cd_file_take(const char *file, Mintmark__V1__Product *message,
                              struct problem *problem)
{
    const struct product_file named = {"", file, FIELD, CD_FILE_MAX};
    Mintmark__V1__CertificationDeclaration *cd = message->certification_declaration;
    if (cd == NULL) {
        cd = malloc(sizeof(*cd));
        if (cd == NULL) {
            return STATUS_NO_MEMORY;
        }
        mintmark__v1__certification_declaration__init(cd);
        message->certification_declaration = cd;
    }
    return read_cd(&named, cd, problem);
}

status_t product_cd_file_read(const char *path, Mintmark__V1__Product *message,
                              struct problem *problem)
{
    Mintmark__V1__CertificationDeclaration *cd = message->certification_declaration;
    if (cd == NULL || cd->file[0] == '\0') {
        return STATUS_OK; /* the product's own check says what is missing */
    }
    const struct product_file file = {path, cd->file, FIELD, CD_FILE_MAX};
    return read_cd(&file, cd, problem);
}
