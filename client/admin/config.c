#include "client/admin/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/files.h"
#include "mintmark/v1/operator.pb-c.h"
#include "proto/text/yaml.h"

enum { FILE_MAX = 64 * 1024 };

static bool format_path(char ret_path[static PATH_MAX], const char *folder, size_t folder_size,
                        const char *name)
{
    int size = snprintf(ret_path, PATH_MAX, "%.*s%s", (int)folder_size, folder, name);
    return size > 0 && size < PATH_MAX;
}

/* False when there is no home to look in. */
static bool default_path(char ret_path[static PATH_MAX])
{
    const char *configurations = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (configurations != NULL && configurations[0] == '/') {
        return format_path(ret_path, configurations, strlen(configurations),
                           "/mintmark/operator.yaml");
    }
    return home != NULL && home[0] == '/' &&
           format_path(ret_path, home, strlen(home), "/.config/mintmark/operator.yaml");
}

/* The path to read; "" for none. */
static status_t choose_file(const struct admin_options *options, char ret_path[static PATH_MAX],
                            struct problem *problem)
{
    const char *named = options->config != NULL ? options->config : getenv("MINTMARK_CONFIG");
    if (named != NULL && named[0] != '\0') {
        return format_path(ret_path, "", 0, named)
                   ? STATUS_OK
                   : problem_say(problem, STATUS_USAGE, "CONFIG", "--config",
                                 "the path is too long");
    }
    if (!default_path(ret_path) || access(ret_path, F_OK) != 0) {
        ret_path[0] = '\0';
    }
    return STATUS_OK;
}

/* Beside the file that names it, unless absolute. */
static status_t resolve(const char *file, const char *name, const char *field,
                        char ret_path[static PATH_MAX], struct problem *problem)
{
    const char *slash = strrchr(file, '/');
    size_t folder = slash == NULL || name[0] == '/' ? 0 : (size_t)(slash - file) + 1;
    if (name[0] != '\0' && !format_path(ret_path, file, folder, name)) {
        return problem_say(problem, STATUS_INVALID, "CONFIG", field, "the path is too long");
    }
    return STATUS_OK;
}

static status_t take_message(const char *file, const Mintmark__V1__OperatorConfig *message,
                             struct admin_config *config, struct problem *problem)
{
    if (snprintf(config->server, sizeof(config->server), "%s", message->server) >=
        (int)sizeof(config->server)) {
        return problem_say(problem, STATUS_INVALID, "CONFIG", "server", "the address is too long");
    }
    TRY(resolve(file, message->certificate, "certificate", config->certificate, problem));
    TRY(resolve(file, message->key, "key", config->key, problem));
    return resolve(file, message->ca, "ca", config->ca, problem);
}

static status_t read_file(const char *file, struct admin_config *config, struct problem *problem)
{
    AUTO(buf_done) struct buf document;
    ProtobufCMessage *message = NULL;
    buf_init(&document, FILE_MAX);
    TRY(files_read(file, &document, problem));
    TRY(text_yaml_read(file, buf_span(&document), &mintmark__v1__operator_config__descriptor,
                       &message, problem));
    status_t status =
        take_message(file, (const Mintmark__V1__OperatorConfig *)message, config, problem);
    protobuf_c_message_free_unpacked(message, NULL);
    return status;
}

/* The option's word, if it is given, else what the file said; one of them must be there. */
static status_t choose(const char *option, const char *word, char *place, size_t size,
                       struct problem *problem)
{
    if (word != NULL && snprintf(place, size, "%s", word) >= (int)size) {
        return problem_say(problem, STATUS_USAGE, "CONFIG", option, "the value is too long");
    }
    if (place[0] == '\0') {
        return problem_say(problem, STATUS_USAGE, "CONFIG_MISSING", option,
                           "%s is given neither as an option nor in operator.yaml", option);
    }
    return STATUS_OK;
}

status_t admin_config_read(const struct admin_options *options, struct admin_config *ret_config,
                           struct problem *problem)
{
    char file[PATH_MAX];
    struct admin_config config = {.server = ""};
    TRY(choose_file(options, file, problem));
    if (file[0] != '\0') {
        TRY(read_file(file, &config, problem));
    }
    TRY(choose("--server", options->server, config.server, sizeof(config.server), problem));
    TRY(choose("--certificate", options->certificate, config.certificate,
               sizeof(config.certificate), problem));
    TRY(choose("--key", options->key, config.key, sizeof(config.key), problem));
    TRY(choose("--ca", options->ca, config.ca, sizeof(config.ca), problem));
    *ret_config = config;
    return STATUS_OK;
}
