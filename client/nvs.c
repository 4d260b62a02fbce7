#include "client/nvs.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/command.h"
#include "client/files.h"

/* ---- arguments ---- */

enum { CODE_HELP = 1000, CODE_JSON }; /* not in the set, nor characters that getopt returns */

static const struct option OPTIONS[] = {
    {"version", required_argument, NULL, NVS_OPTION_VERSION},
    {"keys", required_argument, NULL, NVS_OPTION_KEYS},
    {"hmac-key", required_argument, NULL, NVS_OPTION_HMAC_KEY},
    {"unpadded", no_argument, NULL, NVS_OPTION_UNPADDED},
    {"force", no_argument, NULL, NVS_OPTION_FORCE},
    {"strict", no_argument, NULL, NVS_OPTION_STRICT},
    {"help", no_argument, NULL, CODE_HELP},
    {"json", no_argument, NULL, CODE_JSON},
    {NULL, 0, NULL, 0},
};

/* False for a version other than 1 and 2. */
static bool set_option(struct nvs_arguments *arguments, int code)
{
    switch (code) {
    case NVS_OPTION_VERSION:
        arguments->version = strcmp(optarg, "1") == 0 ? 1 : strcmp(optarg, "2") == 0 ? 2 : 0;
        return arguments->version != 0;
    case NVS_OPTION_KEYS:
        arguments->keys = optarg;
        return true;
    case NVS_OPTION_HMAC_KEY:
        arguments->hmac_key = optarg;
        return true;
    case NVS_OPTION_UNPADDED:
        arguments->unpadded = true;
        return true;
    case NVS_OPTION_FORCE:
        arguments->force = true;
        return true;
    case NVS_OPTION_STRICT:
        arguments->strict = true;
        return true;
    default:
        arguments->json = true;
        return true;
    }
}

static bool is_accepted(const struct nvs_command *command, int code)
{
    return code == CODE_JSON || (code < CODE_HELP && ((unsigned)code & command->options) != 0);
}

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_options(const struct nvs_command *command, int argc, char **argv,
                        struct nvs_arguments *arguments)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(command->help, stdout);
            return -1;
        }
        if (code == ':') {
            return command_usage(command->name, "option '%s' needs a value", argv[optind - 1]);
        }
        if (code == '?' || !is_accepted(command, code)) {
            return command_usage(command->name, "there is no option '%s'", argv[optind - 1]);
        }
        if (!set_option(arguments, code)) {
            return command_usage(command->name, "--version is 1 or 2, not '%s'", optarg);
        }
    }
    return 0;
}

static int check_operands(const struct nvs_command *command, const struct nvs_arguments *arguments)
{
    if (arguments->operand_count < command->operands_min) {
        return command_usage(command->name, "an argument is missing");
    }
    if (command->operands_max > 0 && arguments->operand_count > command->operands_max) {
        return command_usage(command->name, "argument '%s' is one too many",
                             arguments->operands[command->operands_max]);
    }
    if (arguments->keys != NULL && arguments->hmac_key != NULL) {
        return command_usage(command->name, "give --keys or --hmac-key, not both");
    }
    return 0;
}

bool nvs_arguments_read(const struct nvs_command *command, int argc, char **argv,
                        struct nvs_arguments *ret_arguments, int *ret_exit_code)
{
    struct nvs_arguments arguments = {.version = 2};
    int code = read_options(command, argc, argv, &arguments);
    if (code == 0) {
        arguments.operands = argv + optind;
        arguments.operand_count = argc - optind;
        code = check_operands(command, &arguments);
    }
    if (code != 0) {
        *ret_exit_code = code < 0 ? 0 : code;
        return false;
    }
    *ret_arguments = arguments;
    return true;
}

/* ---- keys ---- */

static status_t derive_keys(const char *path, struct span key, uint8_t *ret_keys,
                            struct problem *problem)
{
    if (key.size != NVS_HMAC_KEY_SIZE) {
        return problem_say(problem, STATUS_INVALID, "NVS_HMAC_KEY_SIZE", path,
                           "an HMAC key file has %d bytes, %s has %zu", NVS_HMAC_KEY_SIZE, path,
                           key.size);
    }
    nvs_crypt_keys_from_hmac(key, ret_keys);
    return STATUS_OK;
}

status_t nvs_keys_read(const struct nvs_arguments *arguments, struct secret *ret_keys,
                       struct problem *problem)
{
    const char *path = arguments->keys != NULL ? arguments->keys : arguments->hmac_key;
    if (path == NULL) {
        return STATUS_OK;
    }
    AUTO(buf_done) struct buf content;
    AUTO(secret_wipe) struct secret keys = {0};
    buf_init_secret(&content, (size_t)NVS_KEY_PARTITION_SIZE * 2);
    TRY(files_read_secret(path, &content, problem));
    TRY(secret_new(&keys, NVS_KEYS_SIZE));
    if (arguments->hmac_key != NULL) {
        TRY(derive_keys(path, buf_span(&content), keys.data, problem));
    } else {
        status_t status = nvs_crypt_read_key_partition(buf_span(&content), keys.data, problem);
        if (status != STATUS_OK) {
            (void)snprintf(problem->field, sizeof(problem->field), "%s", path);
            return status;
        }
    }
    *ret_keys = keys;
    keys = (struct secret){0};
    return STATUS_OK;
}

/* ---- images ---- */

/* The reader names the place in the image; with a short path the file goes in front. */
static void name_file(struct problem *problem, const char *path)
{
    char place[PROBLEM_FIELD_MAX];
    memcpy(place, problem->field, sizeof(place));
    (void)snprintf(problem->field, sizeof(problem->field), "%.48s%s%.40s", path,
                   place[0] == '\0' ? "" : ": ", place);
}

status_t nvs_image_read(const char *path, const struct secret *keys, struct buf *ret_image,
                        struct nvs_reader **ret_reader, struct problem *problem)
{
    TRY(files_read(path, ret_image, problem));
    if (keys->size > 0) {
        status_t status = nvs_crypt_decrypt(ret_image->data, ret_image->size, secret_span(keys));
        if (status != STATUS_OK) {
            return problem_say(problem, status, "NVS_IMAGE", path,
                               "%s is not made of whole NVS pages: it is no NVS image", path);
        }
    }
    status_t status = nvs_reader_new(buf_span(ret_image), ret_reader, problem);
    if (status != STATUS_OK) {
        (void)problem_complete(problem, status);
        name_file(problem, path);
    }
    return status;
}

/* Straight to the descriptor: stdio would keep a copy of the secrets in its own buffer. */
static status_t print_output(struct span text, struct problem *problem)
{
    while (text.size > 0) {
        ssize_t put = write(STDOUT_FILENO, text.data, text.size);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return problem_say(problem, STATUS_IO, "OUTPUT", "",
                               "cannot write to standard output: %s", strerror(errno));
        }
        text = span_make(text.data + put, text.size - (size_t)put);
    }
    return STATUS_OK;
}

int nvs_finish(status_t status, struct problem *problem, bool json, const struct buf *output)
{
    if (status == STATUS_OK) {
        status = buf_status(output);
    }
    if (status == STATUS_OK) {
        status = print_output(buf_span(output), problem);
    }
    return status == STATUS_OK ? 0 : command_fail(problem, status, json);
}
