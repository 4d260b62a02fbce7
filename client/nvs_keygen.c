/* mintmark nvs keygen */
#include <openssl/rand.h>
#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/nvs.h"

static const char HELP[] =
    "Usage: mintmark nvs keygen OUT [--hmac-key FILE] [--force] [--json]\n"
    "Makes an NVS key partition (4096 bytes, mode 0600) from the system's cryptographic random\n"
    "source, or derives it from the HMAC key that is burnt into the chip (then the file is for\n"
    "this host only: the chip derives its keys itself).\n"
    "\n"
    "  --hmac-key FILE  derive the keys from this HMAC key (32 bytes)\n"
    "  --force          overwrite OUT; images made with the old keys cannot be read any more\n"
    "  --json           one JSON object on standard output\n"
    "\n"
    "Examples:\n"
    "  mintmark nvs keygen keys.bin\n"
    "  (umask 077 && head -c 32 /dev/random > hmac.bin) &&\n"
    "      mintmark nvs keygen keys.bin --hmac-key hmac.bin\n";

static const struct nvs_command COMMAND_NVS_KEYGEN = {
    .name = "nvs keygen",
    .help = HELP,
    .options = NVS_OPTION_HMAC_KEY | NVS_OPTION_FORCE,
    .operands_min = 1,
    .operands_max = 1,
};

enum { OUTPUT_MAX = 64 * 1024 };

static status_t draw_keys(struct secret *ret_keys)
{
    AUTO(secret_wipe) struct secret keys = {0};
    TRY(secret_new(&keys, NVS_KEYS_SIZE));
    if (RAND_priv_bytes(keys.data, NVS_KEYS_SIZE) != 1) {
        return STATUS_CRYPTO;
    }
    *ret_keys = keys;
    keys = (struct secret){0};
    return STATUS_OK;
}

static status_t keygen(const struct nvs_arguments *arguments, struct problem *problem)
{
    const char *path = arguments->operands[0];
    if (!arguments->force && access(path, F_OK) == 0) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", path,
                           "%s exists: give another name, or --force if no image needs these keys "
                           "any more",
                           path);
    }
    AUTO(secret_wipe) struct secret keys = {0};
    AUTO(buf_done) struct buf partition;
    buf_init_secret(&partition, NVS_KEY_PARTITION_SIZE);
    TRY(arguments->hmac_key != NULL ? nvs_keys_read(arguments, &keys, problem) : draw_keys(&keys));
    TRY(nvs_crypt_key_partition(secret_span(&keys), &partition));
    return files_write(path, buf_span(&partition), problem);
}

static void print_result(const struct nvs_arguments *arguments, struct buf *output)
{
    const char *source = arguments->hmac_key != NULL ? "hmac" : "random";
    if (!arguments->json) {
        buf_print(output, "%s: key partition of %d bytes, %s\n", arguments->operands[0],
                  NVS_KEY_PARTITION_SIZE,
                  arguments->hmac_key != NULL ? "derived from the HMAC key" : "random keys");
        return;
    }
    buf_append_text(output, "{");
    json_append_name(output, "keys", true);
    json_append_text(output, span_text(arguments->operands[0]));
    buf_print(output, ", \"size\": %d, \"source\": \"%s\"}\n", NVS_KEY_PARTITION_SIZE, source);
}

int nvs_keygen_command(int argc, char **argv)
{
    struct nvs_arguments arguments;
    int code = 0;
    if (!nvs_arguments_read(&COMMAND_NVS_KEYGEN, argc, argv, &arguments, &code)) {
        return code;
    }
    struct problem problem = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = keygen(&arguments, &problem);
    if (status == STATUS_OK) {
        print_result(&arguments, &output);
    }
    return nvs_finish(status, &problem, arguments.json, &output);
}
