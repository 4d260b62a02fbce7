#include "client/unit_folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files.h"
#include "client/firmware.h"
#include "client/json.h"
#include "client/unit_record.h"
#include "lib/base/file.h"
#include "lib/unit/name.h"

enum { CODES_MAX = 4096 };

static status_t write_one(const char *folder, const char *name, struct span content,
                          struct problem *problem)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_TOO_LARGE, "PATH", "--output", "path too long");
    }
    return files_write(path, content, problem);
}

/* What an earlier unit left. */
static status_t take_back(const char *folder, struct problem *problem)
{
    static const char *const NAMES[] = {"manifest.json", "flash_args", "onboarding.json",
                                        UNIT_RECORD_FILE, IMAGE_FIRMWARE_ARGS};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]) >= (int)sizeof(path) ||
            (unlink(path) != 0 && errno != ENOENT)) {
            return problem_say(problem, STATUS_IO, "OUTPUT", "--output", "cannot replace %s: %s",
                               path, strerror(errno));
        }
    }
    return file_sync_folder_of(path);
}

/* The numbers come from the code, so that codes and numbers cannot differ; without codes all is
 * empty. */
static status_t read_codes(const struct image_check *unit, struct matter_onboarding *ret_codes)
{
    AUTO(buf_done) struct buf tlv;
    buf_init_secret(&tlv, MATTER_QR_TEXT_MAX);
    *ret_codes = (struct matter_onboarding){0};
    if (unit->qr_code[0] == '\0') {
        return STATUS_OK;
    }
    status_t status = matter_onboarding_decode(span_text(unit->qr_code), ret_codes, &tlv, NULL);
    ret_codes->tlv = (struct span){0};
    return status;
}

static status_t write_codes(const char *folder, const struct image_check *unit,
                            struct problem *problem)
{
    struct matter_onboarding codes;
    AUTO(buf_done) struct buf json;
    buf_init_secret(&json, CODES_MAX);
    TRY(read_codes(unit, &codes));
    buf_append_text(&json, "{\n  \"qr_code\": ");
    json_append_text(&json, span_text(unit->qr_code));
    buf_append_text(&json, ",\n  \"manual_code\": ");
    json_append_text(&json, span_text(unit->manual_code));
    buf_print(&json, ",\n  \"discriminator\": %u,\n  \"passcode\": %u", codes.discriminator,
              codes.passcode);
    buf_append_text(&json, ",\n  \"serial_number\": ");
    json_append_text(&json, span_text(unit->serial_number));
    buf_append_text(&json, "\n}");
    explicit_bzero(&codes, sizeof(codes));
    TRY(buf_status(&json));
    return write_one(folder, "onboarding.json", buf_span(&json), problem);
}

static status_t write_chip(const char *folder, const char *hardware_id, struct problem *problem)
{
    char line[UNIT_NAME_HARDWARE_ID_SIZE + 1];
    if (hardware_id[0] == '\0') {
        return STATUS_OK;
    }
    (void)snprintf(line, sizeof(line), "%s\n", hardware_id);
    return write_one(folder, UNIT_FOLDER_CHIP, span_text(line), problem);
}

static status_t write_images(const char *folder, const struct image_check *unit,
                             struct problem *problem)
{
    for (size_t i = 0; i < unit->file_count; i++) {
        TRY(write_one(folder, unit->files[i].file_name, buf_span(&unit->files[i].content),
                      problem));
    }
    for (size_t i = 0; i < unit->efuse_key_count; i++) {
        const struct image_efuse_key *key = &unit->efuse_keys[i];
        TRY(write_one(folder, key->file_name, buf_span(&key->content), problem));
    }
    return STATUS_OK;
}

static status_t write_certificates(const char *folder, const struct image_check *unit,
                                   struct problem *problem)
{
    TRY(write_one(folder, "dac.der", unit->dac, problem));
    TRY(write_one(folder, "pai.der", unit->pai, problem));
    return write_one(folder, "paa.der", unit->paa, problem);
}

status_t unit_folder_write(const char *folder, const struct image_check *unit,
                           const struct unit_folder_more *more, struct problem *problem)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return problem_say(problem, STATUS_IO, "OUTPUT", "--output", "cannot make %s: %s", folder,
                           strerror(errno));
    }
    TRY(take_back(folder, problem));
    if (more->firmware != NULL) {
        TRY(firmware_copy(more->firmware, unit->manifest, folder, problem));
    }
    TRY(write_images(folder, unit, problem));
    TRY(write_certificates(folder, unit, problem));
    TRY(write_codes(folder, unit, problem));
    TRY(write_chip(folder, more->hardware_id, problem));
    TRY(write_one(folder, "flash_args", unit->flash_args, problem));
    return write_one(folder, "manifest.json", unit->manifest, problem);
}

void unit_folder_print_steps(const struct image_check *unit, bool firmware, struct buf *ret_text)
{
    for (size_t i = 0; i < unit->efuse_key_count; i++) {
        /* once per chip: burnt before, espefuse refuses, and esptool may go on */
        const struct image_efuse_key *key = &unit->efuse_keys[i];
        buf_print(ret_text, "espefuse burn-key BLOCK_KEY%u %s %s && ", key->block, key->file_name,
                  key->purpose);
    }
    for (size_t i = 0; i < unit->file_count; i++) {
        const struct image_file *file = &unit->files[i];
        if (file->encrypt) {
            buf_print(ret_text, "esptool --after no-reset write-flash --encrypt 0x%x %s && ",
                      file->offset, file->file_name);
        }
    }
    buf_append_text(ret_text, "esptool write-flash @flash_args");
    buf_append_text(ret_text, firmware ? " @" IMAGE_FIRMWARE_ARGS : "");
}
