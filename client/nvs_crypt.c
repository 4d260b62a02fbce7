/* mintmark nvs encrypt, mintmark nvs decrypt */
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/nvs.h"
#include "lib/nvs/reader.h"

static const char ENCRYPT_HELP[] =
    "Usage: mintmark nvs encrypt IN OUT (--keys FILE | --hmac-key FILE) [--json]\n"
    "Encrypts a plain NVS partition image, which is checked first. OUT gets mode 0600.\n"
    "\n"
    "  --keys FILE      with the keys of this key partition (4096 bytes)\n"
    "  --hmac-key FILE  with keys derived from this HMAC key (32 bytes)\n"
    "  --json           one JSON object on standard output\n"
    "\n"
    "Examples:\n"
    "  mintmark nvs encrypt factory.bin factory.enc.bin --keys keys.bin\n"
    "  mintmark nvs encrypt factory.bin factory.enc.bin --hmac-key hmac.bin\n";

static const char DECRYPT_HELP[] =
    "Usage: mintmark nvs decrypt IN OUT (--keys FILE | --hmac-key FILE) [--json]\n"
    "Decrypts an NVS partition image and checks the result: with the wrong keys, or an image\n"
    "that was not encrypted, nothing is written. OUT gets mode 0600.\n"
    "\n"
    "  --keys FILE      with the keys of this key partition (4096 bytes)\n"
    "  --hmac-key FILE  with keys derived from this HMAC key (32 bytes)\n"
    "  --json           one JSON object on standard output\n"
    "\n"
    "Examples:\n"
    "  mintmark nvs decrypt factory.enc.bin factory.bin --keys keys.bin\n"
    "  mintmark nvs decrypt factory.enc.bin factory.bin --hmac-key hmac.bin\n";

static const struct nvs_command COMMAND_NVS_ENCRYPT = {
    .name = "nvs encrypt",
    .help = ENCRYPT_HELP,
    .options = NVS_OPTION_KEYS | NVS_OPTION_HMAC_KEY,
    .operands_min = 2,
    .operands_max = 2,
};

static const struct nvs_command COMMAND_NVS_DECRYPT = {
    .name = "nvs decrypt",
    .help = DECRYPT_HELP,
    .options = NVS_OPTION_KEYS | NVS_OPTION_HMAC_KEY,
    .operands_min = 2,
    .operands_max = 2,
};

enum { OUTPUT_MAX = 64 * 1024 };

static status_t crypt_file(const struct nvs_arguments *arguments, bool encrypt, size_t *ret_items,
                           struct problem *problem)
{
    static const struct secret NO_KEYS = {0};
    AUTO(secret_wipe) struct secret keys = {0};
    AUTO(buf_done) struct buf image;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    buf_init_secret(&image, NVS_READER_IMAGE_MAX);
    TRY(nvs_keys_read(arguments, &keys, problem));
    TRY(nvs_image_read(arguments->operands[0], encrypt ? &NO_KEYS : &keys, &image, &reader,
                       problem));
    if (encrypt) {
        TRY(nvs_crypt_encrypt(image.data, image.size, secret_span(&keys)));
    }
    TRY(files_write(arguments->operands[1], buf_span(&image), problem));
    *ret_items = nvs_reader_count(reader);
    return STATUS_OK;
}

static void print_result(const struct nvs_arguments *arguments, bool encrypt, size_t items,
                         struct buf *output)
{
    const char *path = arguments->operands[1];
    if (!arguments->json) {
        buf_print(output, "%s: %zu items, %s\n", path, items, encrypt ? "encrypted" : "plain");
        return;
    }
    buf_append_text(output, "{");
    json_append_name(output, "image", true);
    json_append_text(output, span_text(path));
    buf_print(output, ", \"items\": %zu, \"encrypted\": %s}\n", items, encrypt ? "true" : "false");
}

static int run(const struct nvs_command *command, bool encrypt, int argc, char **argv)
{
    struct nvs_arguments arguments;
    int code = 0;
    if (!nvs_arguments_read(command, argc, argv, &arguments, &code)) {
        return code;
    }
    if (arguments.keys == NULL && arguments.hmac_key == NULL) {
        return command_usage(command->name, "give --keys or --hmac-key");
    }
    struct problem problem = {0};
    size_t items = 0;
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = crypt_file(&arguments, encrypt, &items, &problem);
    if (status == STATUS_OK) {
        print_result(&arguments, encrypt, items, &output);
    }
    return nvs_finish(status, &problem, arguments.json, &output);
}

int nvs_encrypt_command(int argc, char **argv)
{
    return run(&COMMAND_NVS_ENCRYPT, true, argc, argv);
}

int nvs_decrypt_command(int argc, char **argv)
{
    return run(&COMMAND_NVS_DECRYPT, false, argc, argv);
}
