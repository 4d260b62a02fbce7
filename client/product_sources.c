#include "client/product_sources.h"

#include <limits.h>
#include <stdio.h>

#include "client/product_rules.h"
#include "proto/product/file.h"
#include "proto/product/firmware.h"

/* NULL in *ret_given: it names none. */
static status_t set_path(const char *path, const char *name, const char *field,
                         char ret_path[static PATH_MAX], const char **ret_given,
                         struct problem *problem)
{
    const struct product_file file = {path, name, field, 0};
    *ret_given = name[0] != '\0' ? ret_path : NULL;
    return name[0] == '\0' || product_file_path(&file, ret_path)
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PATH", field, "a path is too long");
}

static status_t refuse(const struct product_findings *findings, const char *field,
                       struct problem *problem)
{
    const struct product_finding *first = findings->items;
    while (first->verdict != PRODUCT_FAIL) {
        first++;
    }
    return problem_say(problem, STATUS_REFUSED, "BUILD_CONTRADICTS", field,
                       "%s%s%s: %.200s (%zu in all: mintmark product check lists them)",
                       first->path != NULL ? first->path : "", first->path != NULL ? ": " : "",
                       first->what, first->text, findings->fails);
}

static status_t check(const char *path, const Mintmark__V1__Product *message,
                      struct problem *problem)
{
    struct product_arguments arguments = {.operand = path};
    struct product_build build;
    struct product_findings findings;
    char sdkconfig[PATH_MAX], flasher_args[PATH_MAX];
    TRY(set_path(path, message->sdkconfig, "sdkconfig", sdkconfig, &arguments.sdkconfig, problem));
    TRY(set_path(path, message->firmware, "firmware", flasher_args, &arguments.flasher_args,
                 problem));
    if (arguments.sdkconfig == NULL && arguments.flasher_args == NULL) {
        return STATUS_OK;
    }
    TRY(product_build_read(&arguments, &build, problem));
    product_rules_run(message, &build, &findings);
    return findings.fails == 0
               ? STATUS_OK
               : refuse(&findings, arguments.sdkconfig != NULL ? "sdkconfig" : "firmware", problem);
}

status_t product_sources_read(const char *path, Mintmark__V1__Product *message,
                              struct problem *problem)
{
    TRY(check(path, message, problem));
    if (message->sdkconfig[0] != '\0') {
        message->sdkconfig[0] = '\0'; /* a name of this machine's: not sent */
    }
    return product_firmware_read(path, message, problem);
}
