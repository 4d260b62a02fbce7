/* mintmark nvs verify */
#include <stdio.h>
#include <stdlib.h>

#include "client/command.h"
#include "client/nvs.h"
#include "client/warnings.h"
#include "lib/nvs/reader.h"

static const char HELP[] =
    "Usage: mintmark nvs verify IMAGE [--keys FILE | --hmac-key FILE] [--json]\n"
    "Reads an NVS partition image more strictly than the firmware does and tells the first thing\n"
    "that does not fit, with page, entry and key: what the firmware would drop, erase or read\n"
    "ambiguously. Wrong keys, or none for an encrypted image, show as a wrong CRC. No value is\n"
    "printed.\n"
    "\n"
    "  --keys FILE      the image is encrypted with the keys of this key partition (4096 bytes)\n"
    "  --hmac-key FILE  the image is encrypted with keys derived from this HMAC key (32 bytes)\n"
    "  --json           one JSON object on standard output\n"
    "\n"
    "Exit code: 0 everything fits, 1 something does not, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  mintmark nvs verify factory.bin\n"
    "  mintmark nvs verify factory.bin --keys keys.bin --json\n";

static const struct nvs_command COMMAND_NVS_VERIFY = {
    .name = "nvs verify",
    .help = HELP,
    .options = NVS_OPTION_KEYS | NVS_OPTION_HMAC_KEY,
    .operands_min = 1,
    .operands_max = 1,
};

enum { OUTPUT_MAX = 4096 };

/* SPEC.md §2.7; smaller images are for read-only partitions anyway. 0 or 1 warnings. */
static size_t judge_pages(const struct nvs_reader *reader, size_t pages,
                          struct problem *ret_warning)
{
    if (pages < 3 || nvs_reader_used_pages(reader) < pages) {
        return 0;
    }
    (void)problem_say(ret_warning, STATUS_REFUSED, "NVS_NO_FREE_PAGE", "",
                      "no page is blank: the firmware opens this partition only if it is flagged "
                      "readonly");
    return 1;
}

static void print_verdict(const struct nvs_reader *reader, size_t pages, bool json,
                          struct buf *ret_output)
{
    struct problem warning = {0};
    size_t warnings = judge_pages(reader, pages, &warning);
    buf_print(ret_output,
              json ? "{\"verdict\": \"ok\", \"keys\": %zu, \"namespaces\": %zu, "
                     "\"pages_used\": %zu, \"pages\": %zu, \"warnings\": "
                   : "ok: %zu keys in %zu namespaces, %zu pages used of %zu\n",
              nvs_reader_count(reader), nvs_reader_namespace_count(reader),
              nvs_reader_used_pages(reader), pages);
    warnings_print(&warning, warnings, json, ret_output);
    buf_append_text(ret_output, json ? "}\n" : "");
}

static status_t verify(const struct nvs_arguments *arguments, struct buf *ret_output,
                       struct problem *problem)
{
    AUTO(secret_wipe) struct secret keys = {0};
    AUTO(buf_done) struct buf image;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    buf_init_secret(&image, NVS_READER_IMAGE_MAX);
    TRY(nvs_keys_read(arguments, &keys, problem));
    TRY(nvs_image_read(arguments->operands[0], &keys, &image, &reader, problem));
    print_verdict(reader, image.size / NVS_PAGE_SIZE, arguments->json, ret_output);
    return STATUS_OK;
}

int nvs_verify_command(int argc, char **argv)
{
    struct nvs_arguments arguments;
    int code = 0;
    if (!nvs_arguments_read(&COMMAND_NVS_VERIFY, argc, argv, &arguments, &code)) {
        return code;
    }
    struct problem problem = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = verify(&arguments, &output, &problem);
    return nvs_finish(status, &problem, arguments.json, &output);
}
