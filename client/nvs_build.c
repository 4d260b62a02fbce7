/* mintmark nvs build */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/nvs.h"
#include "client/warnings.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/nvs/csv.h"
#include "lib/nvs/reader.h"

static const char HELP[] =
    "Usage: mintmark nvs build IN.csv... OUT.bin SIZE [OPTIONS]\n"
    "Makes an NVS partition image, byte for byte as nvs_partition_gen 0.2.0 does, from its CSV\n"
    "(columns key,type,encoding,value; several files are read one after the other). What that\n"
    "tool stores wrongly is refused with file and line. The image is read back before it is\n"
    "written; it gets mode 0600.\n"
    "\n"
    "  SIZE             of the partition, decimal or 0x...: a multiple of 0x1000; below 0x3000\n"
    "                   the partition must be flagged readonly\n"
    "  --version 1|2    format version (default 2: blobs over several pages)\n"
    "  --keys FILE      encrypt with the keys of this key partition (4096 bytes)\n"
    "  --hmac-key FILE  encrypt with keys derived from this HMAC key (32 bytes)\n"
    "  --unpadded       end a read-only image behind its last used page, as nvs_partition_gen\n"
    "                   does, instead of filling the partition\n"
    "  --strict         refuse what is otherwise only warned of: data pages that are completely\n"
    "                   full, a read-only image shorter than its partition, rows that go back to\n"
    "                   an earlier namespace\n"
    "  --json           one JSON object on standard output\n"
    "\n"
    "Files named by rows of type `file` are looked up from the current directory.\n"
    "\n"
    "Examples:\n"
    "  mintmark nvs build factory.csv factory.bin 0x6000\n"
    "  mintmark nvs build base.csv unit.csv nvs.bin 24576 --keys keys.bin --strict\n";

enum { OUTPUT_MAX = 64 * 1024, WARNINGS_MAX = 3 };

static const struct nvs_command COMMAND_NVS_BUILD = {
    .name = "nvs build",
    .help = HELP,
    .options = NVS_OPTION_VERSION | NVS_OPTION_KEYS | NVS_OPTION_HMAC_KEY | NVS_OPTION_UNPADDED |
               NVS_OPTION_STRICT,
    .operands_min = 3,
};

/* What is told about a finished image. */
struct result {
    const char *path;
    size_t size;
    size_t items;
    size_t pages;
    bool encrypted;
    struct problem warnings[WARNINGS_MAX];
    size_t warning_count;
    char sha256[2 * SHA256_SIZE + 1];
};

static status_t parse_size(const char *text, size_t *ret_size, struct problem *problem)
{
    bool hex = strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0;
    const char *digits = hex ? text + 2 : text;
    size_t length = strlen(digits);
    errno = 0;
    char *end = NULL;
    unsigned long value = strtoul(digits, &end, hex ? 16 : 10);
    bool whole =
        length > 0 && strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") == length;
    if (!whole || errno != 0 || *end != '\0') {
        return problem_say(problem, STATUS_USAGE, "NVS_SIZE", "SIZE",
                           "the size '%.40s' is not a number: write 24576 or 0x6000", text);
    }
    *ret_size = value;
    return STATUS_OK;
}

static status_t read_named_file(void *context, const char *path, struct buf *ret_content,
                                struct problem *problem)
{
    (void)context;
    return files_read(path, ret_content, problem);
}

static status_t add_file(struct nvs_csv *csv, const char *path, struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init_secret(&text, NVS_CSV_TEXT_MAX);
    TRY(files_read(path, &text, problem));
    return nvs_csv_add(csv, path, buf_span(&text), problem);
}

/* What is right in itself but mostly not meant (SPEC.md §4): with --strict a refusal. */
static status_t warn(const struct nvs_arguments *arguments, const struct problem *warning,
                     struct result *result, struct problem *problem)
{
    if (arguments->strict) {
        *problem = *warning;
        return warning->status;
    }
    result->warnings[result->warning_count++] = *warning;
    return STATUS_OK;
}

static status_t warn_full(const struct nvs_arguments *arguments, struct result *result,
                          struct problem *problem)
{
    struct problem warning = {0};
    (void)problem_say(&warning, STATUS_REFUSED, "NVS_NO_ROOM_TO_WRITE", "SIZE",
                      "the data pages are completely full: the firmware can read this partition "
                      "but every write to it will fail; give it another page, or flag it readonly");
    return warn(arguments, &warning, result, problem);
}

static status_t warn_short(const struct nvs_arguments *arguments, size_t size,
                           struct result *result, struct problem *problem)
{
    struct problem warning = {0};
    (void)problem_say(&warning, STATUS_REFUSED, "NVS_SHORTER_THAN_PARTITION", "--unpadded",
                      "the image ends at 0x%zx of 0x%zx: what is in flash behind it stays there "
                      "and is read as well; erase the partition first, or leave out --unpadded",
                      result->size, size);
    return warn(arguments, &warning, result, problem);
}

static status_t write_rows(const struct nvs_arguments *arguments, struct nvs_writer *writer,
                           struct result *result, struct problem *problem)
{
    AUTO(nvs_csv_free) struct nvs_csv *csv = NULL;
    TRY(nvs_csv_new(writer, read_named_file, NULL, &csv));
    for (int i = 0; i < arguments->operand_count - 2; i++) {
        TRY(add_file(csv, arguments->operands[i], problem));
    }
    const struct problem *returned = nvs_csv_returned(csv);
    return returned == NULL ? STATUS_OK : warn(arguments, returned, result, problem);
}

/* The plain image, read back by the reader, which shares nothing with the writer. */
static status_t make_image(const struct nvs_arguments *arguments, size_t size,
                           struct buf *ret_image, struct result *ret_result,
                           struct problem *problem)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    TRY(nvs_writer_new(size, (enum nvs_version)arguments->version, &writer, problem));
    TRY(write_rows(arguments, writer, ret_result, problem));
    TRY(nvs_writer_finish(writer, ret_image));
    size_t used = nvs_writer_used_size(writer);
    if (arguments->unpadded && size < 3 * (size_t)NVS_PAGE_SIZE) {
        ret_image->size = used;
    }
    TRY(nvs_reader_new(buf_span(ret_image), &reader, problem));
    ret_result->items = nvs_reader_count(reader);
    ret_result->pages = used / NVS_PAGE_SIZE;
    ret_result->size = ret_image->size;
    if (nvs_writer_is_full(writer)) {
        TRY(warn_full(arguments, ret_result, problem));
    }
    return ret_image->size < size ? warn_short(arguments, size, ret_result, problem) : STATUS_OK;
}

static status_t build(const struct nvs_arguments *arguments, struct result *ret_result,
                      struct problem *problem)
{
    AUTO(secret_wipe) struct secret keys = {0};
    AUTO(buf_done) struct buf image;
    buf_init_secret(&image, NVS_READER_IMAGE_MAX);
    size_t size = 0;
    ret_result->path = arguments->operands[arguments->operand_count - 2];
    TRY(parse_size(arguments->operands[arguments->operand_count - 1], &size, problem));
    TRY(nvs_keys_read(arguments, &keys, problem));
    TRY(make_image(arguments, size, &image, ret_result, problem));
    if (keys.size > 0) {
        TRY(nvs_crypt_encrypt(image.data, image.size, secret_span(&keys)));
        ret_result->encrypted = true;
    }
    uint8_t digest[SHA256_SIZE];
    digest_sha256(buf_span(&image), digest);
    hex_encode(SPAN_OF(digest), ret_result->sha256);
    return files_write_output(ret_result->path, buf_span(&image), problem);
}

static void print_result(const struct result *result, bool json, struct buf *output)
{
    if (!json) {
        buf_print(output, "%s: %zu bytes, %zu of %zu pages used, %zu items, %s\nsha256 %s\n",
                  result->path, result->size, result->pages, result->size / NVS_PAGE_SIZE,
                  result->items, result->encrypted ? "encrypted" : "plain", result->sha256);
        return;
    }
    buf_append_text(output, "{");
    json_append_name(output, "image", true);
    json_append_text(output, span_text(result->path));
    buf_print(output,
              ", \"size\": %zu, \"pages_used\": %zu, \"items\": %zu, \"encrypted\": %s, "
              "\"sha256\": \"%s\", \"warnings\": ",
              result->size, result->pages, result->items, result->encrypted ? "true" : "false",
              result->sha256);
    warnings_print(result->warnings, result->warning_count, true, output);
    buf_append_text(output, "}\n");
}

int nvs_build_command(int argc, char **argv)
{
    struct nvs_arguments arguments;
    int code = 0;
    if (!nvs_arguments_read(&COMMAND_NVS_BUILD, argc, argv, &arguments, &code)) {
        return code;
    }
    struct problem problem = {0};
    struct result result = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = build(&arguments, &result, &problem);
    if (status == STATUS_OK) {
        print_result(&result, arguments.json, &output);
        if (!arguments.json) {
            warnings_print(result.warnings, result.warning_count, false, &output);
        }
    }
    return nvs_finish(status, &problem, arguments.json, &output);
}
