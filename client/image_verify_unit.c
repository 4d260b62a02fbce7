#include <jansson.h>
#include <limits.h>
#include <stdio.h>

#include "client/files.h"
#include "client/firmware.h"
#include "client/image_verify.h"
#include "lib/base/digest.h"
#include "lib/image/manifest.h"
#include "lib/pki/certificate.h"

void image_verify_unit_init(struct image_verify_unit *unit)
{
    *unit = (struct image_verify_unit){0};
    buf_init(&unit->set.manifest, IMAGE_MANIFEST_MAX);
    buf_init(&unit->set.flash_args, IMAGE_MANIFEST_MAX);
    buf_init(&unit->dac, PKI_CERTIFICATE_MAX);
    buf_init(&unit->pai, PKI_CERTIFICATE_MAX);
    buf_init(&unit->paa, PKI_CERTIFICATE_MAX);
    label_units_init(&unit->codes);
    unit->codes.without_codes = true;
}

void image_verify_unit_done(struct image_verify_unit *unit)
{
    image_set_done(&unit->set);
    buf_done(&unit->dac);
    buf_done(&unit->pai);
    buf_done(&unit->paa);
    label_units_done(&unit->codes);
}

status_t image_verify_unit_damaged(const char *reason, const char *name, const char *what,
                                   struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, reason, name,
                       "%.100s %s; provision the unit again, the same bytes come back", name, what);
}

/* A file that lacks, or is longer than any such file, is the folder's damage. */
static status_t read_part(const char *folder, const char *name, struct buf *ret_content,
                          struct problem *problem)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "FOLDER", "a path is too long");
    }
    status_t status = files_read(path, ret_content, problem);
    switch ((int)status) {
    case STATUS_NOT_FOUND:
        return image_verify_unit_damaged("FILE_MISSING", name, "is not there", problem);
    case STATUS_TOO_LARGE:
        return image_verify_unit_damaged("FILE_TOO_LARGE", name, "is too large", problem);
    default:
        return status;
    }
}

/* ---- manifest.json ---- */

static status_t bad_manifest(const char *what, struct problem *problem)
{
    return image_verify_unit_damaged("MANIFEST", "manifest.json", what, problem);
}

/* A name in this folder, not a path out of it. */
static bool take_name(const char *name, char *ret_name, size_t size)
{
    size_t length = strlen(name);
    if (length == 0 || length >= size || name[0] == '.' || strchr(name, '/') != NULL) {
        return false;
    }
    memcpy(ret_name, name, length + 1);
    return true;
}

static status_t read_image(const char *folder, json_t *entry, struct image_file *file,
                           struct problem *problem)
{
    const char *role, *label, *name;
    json_int_t offset;
    int encrypt;
    if (json_unpack(entry, "{s:s, s:s, s:s, s:I, s:b}", "role", &role, "label", &label, "file",
                    &name, "offset_number", &offset, "encrypt", &encrypt) != 0 ||
        !image_manifest_role(role, &file->role) ||
        !take_name(label, file->label, sizeof(file->label)) ||
        !take_name(name, file->file_name, sizeof(file->file_name)) || offset < 0 ||
        offset > UINT32_MAX) {
        return bad_manifest("has an entry that is none", problem);
    }
    file->offset = (uint32_t)offset;
    file->encrypt = encrypt != 0;
    TRY(read_part(folder, file->file_name, &file->content, problem));
    digest_sha256(buf_span(&file->content), file->sha256);
    digest_md5(buf_span(&file->content), file->md5);
    return STATUS_OK;
}

static status_t read_images(const char *folder, json_t *files, struct image_set *set,
                            struct problem *problem)
{
    size_t count = json_array_size(files);
    if (count == 0 || count > IMAGE_PARTITIONS_MAX) {
        return bad_manifest("names no files, or too many", problem);
    }
    for (size_t i = 0; i < count; i++) {
        buf_init_secret(&set->files[i].content, IMAGE_SET_MAX);
        set->file_count = i + 1;
        TRY(read_image(folder, json_array_get(files, i), &set->files[i], problem));
    }
    return STATUS_OK;
}

/* "BLOCK_KEY4" */
static bool read_block(const char *name, uint8_t *ret_block)
{
    static const char prefix[] = "BLOCK_KEY";
    size_t length = sizeof(prefix) - 1;
    if (strncmp(name, prefix, length) != 0 || name[length] < '0' ||
        name[length] > '0' + IMAGE_EFUSE_BLOCK_LAST || name[length + 1] != '\0') {
        return false;
    }
    *ret_block = (uint8_t)(name[length] - '0');
    return true;
}

static status_t read_efuse_key(const char *folder, json_t *entry, struct image_efuse_key *key,
                               struct problem *problem)
{
    const char *block, *purpose, *name;
    json_t *uses;
    if (json_unpack(entry, "{s:s, s:s, s:s, s:o}", "block", &block, "purpose", &purpose, "file",
                    &name, "for", &uses) != 0 ||
        !image_manifest_uses(uses, &key->for_nvs, &key->for_dac) ||
        !take_name(purpose, key->purpose, sizeof(key->purpose)) ||
        !take_name(name, key->file_name, sizeof(key->file_name))) {
        return bad_manifest("has an eFuse key that is none", problem);
    }
    if (!read_block(block, &key->block)) {
        return bad_manifest("names an eFuse block that no chip has", problem);
    }
    TRY(read_part(folder, key->file_name, &key->content, problem));
    return key->content.size > 0
               ? STATUS_OK
               : image_verify_unit_damaged("EFUSE_KEY", key->file_name, "is empty", problem);
}

static status_t read_efuse_keys(const char *folder, json_t *keys, struct image_set *set,
                                struct problem *problem)
{
    size_t count = json_array_size(keys);
    if (count > IMAGE_EFUSE_KEYS_MAX) {
        return bad_manifest("names too many eFuse keys", problem);
    }
    for (size_t i = 0; i < count; i++) {
        buf_init_secret(&set->efuse_keys[i].content, IMAGE_EFUSE_FILE_MAX);
        set->efuse_key_count = i + 1;
        TRY(read_efuse_key(folder, json_array_get(keys, i), &set->efuse_keys[i], problem));
    }
    return STATUS_OK;
}

static status_t read_set(const char *folder, json_t *root, struct image_verify_unit *unit,
                         struct problem *problem)
{
    const char *chip;
    json_t *files;
    if (json_unpack(root, "{s:i, s:s, s:o}", "image_revision", &unit->revision, "chip", &chip,
                    "files", &files) != 0 ||
        !take_name(chip, unit->chip, sizeof(unit->chip))) {
        return bad_manifest("lacks a member, or is no JSON", problem);
    }
    TRY(read_images(folder, files, &unit->set, problem));
    TRY(image_firmware_read(root, unit->set.files, unit->set.file_count, unit->set.firmware,
                            &unit->set.firmware_count, problem));
    return read_efuse_keys(folder, json_object_get(root, "efuse_keys"), &unit->set, problem);
}

static status_t read_manifest(const char *folder, struct image_verify_unit *unit,
                              struct problem *problem)
{
    struct buf *text = &unit->set.manifest;
    TRY(read_part(folder, "manifest.json", text, problem));
    json_t *root = json_loadb((const char *)text->data, text->size, JSON_REJECT_DUPLICATES, NULL);
    status_t status = read_set(folder, root, unit, problem);
    json_decref(root);
    return status;
}

/* ---- the rest ---- */

static status_t read_certificate(const char *folder, const char *name, struct buf *ret_der,
                                 struct problem *problem)
{
    struct pki_certificate certificate;
    TRY(read_part(folder, name, ret_der, problem));
    return pki_certificate_parse(buf_span(ret_der), &certificate, NULL) == STATUS_OK
               ? STATUS_OK
               : image_verify_unit_damaged("CERTIFICATE", name, "is no certificate", problem);
}

static status_t read_codes(const char *folder, struct label_units *codes, struct problem *problem)
{
    status_t status = label_units_add(codes, folder, problem);
    return status == STATUS_NOT_FOUND ? image_verify_unit_damaged("FILE_MISSING", "onboarding.json",
                                                                  "is not there", problem)
                                      : status;
}

status_t image_verify_unit_read(const char *folder, struct image_verify_unit *unit,
                                struct problem *problem)
{
    TRY(read_manifest(folder, unit, problem));
    TRY(firmware_verify(folder, unit->set.firmware, unit->set.firmware_count, problem));
    TRY(read_part(folder, "flash_args", &unit->set.flash_args, problem));
    if (unit->set.flash_args.size == 0) {
        return image_verify_unit_damaged("FLASH_ARGS", "flash_args", "is empty", problem);
    }
    TRY(read_certificate(folder, "dac.der", &unit->dac, problem));
    TRY(read_certificate(folder, "pai.der", &unit->pai, problem));
    TRY(read_certificate(folder, "paa.der", &unit->paa, problem));
    return read_codes(folder, &unit->codes, problem);
}
