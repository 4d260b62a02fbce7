#include "client/image_build_lists.h"

#include <limits.h>
#include <stdio.h>

#include "client/csv.h"
#include "client/dac_list.h"
#include "client/files.h"
#include "client/json.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"

static void digest_words(struct span bytes, char ret_words[static 2 * SHA256_SIZE + 1])
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(bytes, digest);
    hex_encode(SPAN_OF(digest), ret_words);
}

void image_build_lists_init(struct image_build_lists *lists,
                            const struct image_build_inputs *inputs)
{
    const struct unit_product *product = &inputs->product;
    char pai[2 * SHA256_SIZE + 1];
    buf_init(&lists->json, IMAGE_BUILD_LIST_MAX);
    buf_init(&lists->csv, IMAGE_BUILD_LIST_MAX);
    buf_init(&lists->dacs, IMAGE_BUILD_LIST_MAX);
    buf_init_secret(&lists->secrets, IMAGE_BUILD_LIST_MAX);
    digest_words(inputs->pai.der, pai);
    buf_print(&lists->json,
              "{\n  \"schema\": %d,\n  \"product\": \"%s\",\n  \"class\": \"%s\",\n"
              "  \"chip\": \"%s\",\n  \"vendor_id\": \"0x%04X\",\n  \"product_id\": \"0x%04X\",\n"
              "  \"pai_sha256\": \"%s\",\n  \"units\": [",
              IMAGE_BUILD_BATCH_SCHEMA, product->name,
              unit_product_class_name(product->product_class), product->image.chip,
              product->image.vendor_id, product->image.product_id, pai);
    buf_append_text(&lists->csv,
                    "unit,folder,serial_number,hardware_id,dac_serial_number,dac_common_name,"
                    "dac_sha256,manifest_sha256" CSV_END);
    dac_list_begin(&lists->dacs);
    buf_append_text(&lists->secrets,
                    "unit,serial_number,qrcode,manualcode,discriminator,passcode" CSV_END);
}

void image_build_lists_done(struct image_build_lists *lists)
{
    buf_done(&lists->json);
    buf_done(&lists->csv);
    buf_done(&lists->dacs);
    buf_done(&lists->secrets);
}

/* ---- one unit ---- */

static void add_text(struct buf *json, const char *name, const char *text)
{
    json_append_name(json, name, false);
    json_append_text(json, span_text(text));
}

static void add_json(struct buf *json, const struct image_build_place *place,
                     const struct image_build_unit *unit, const struct dac_list_words *dac)
{
    char digest[2 * SHA256_SIZE + 1];
    buf_print(json, "%s\n    {\"unit\": %u", place->number == 1 ? "" : ",", place->number);
    add_text(json, "folder", place->folder);
    add_text(json, "serial_number", unit->serial_number);
    add_text(json, "hardware_id", place->hardware_id);
    add_text(json, "dac_serial_number", dac->serial_number);
    add_text(json, "dac_common_name", dac->common_name);
    add_text(json, "dac_sha256", dac->sha256);
    digest_words(buf_span(&unit->set.manifest), digest);
    add_text(json, "manifest_sha256", digest);
    buf_append_text(json, ", \"files\": [");
    for (size_t i = 0; i < unit->set.file_count; i++) {
        const struct image_file *file = &unit->set.files[i];
        buf_append_text(json, i == 0 ? "{\"file\": " : ", {\"file\": ");
        json_append_text(json, span_text(file->file_name));
        hex_encode(SPAN_OF(file->sha256), digest);
        add_text(json, "sha256", digest);
        buf_append_byte(json, '}');
    }
    buf_append_text(json, "]}");
}

static void add_csv(struct buf *csv, const struct image_build_place *place,
                    const struct image_build_unit *unit, const struct dac_list_words *dac)
{
    char manifest[2 * SHA256_SIZE + 1];
    digest_words(buf_span(&unit->set.manifest), manifest);
    buf_print(csv, "%u,", place->number);
    csv_append(csv, place->folder, ",");
    csv_append(csv, unit->serial_number, ",");
    csv_append(csv, place->hardware_id, ",");
    csv_append(csv, dac->serial_number, ",");
    csv_append(csv, dac->common_name, ",");
    csv_append(csv, dac->sha256, ",");
    csv_append(csv, manifest, CSV_END);
}

/* With a dynamic passcode the device alone knows its codes, and its discriminator where
 * commissionable data are left out. */
static void add_secrets(struct buf *csv, uint32_t number, const struct image_build_unit *unit)
{
    const struct unit_secrets *secrets = unit_secrets_of(&unit->secrets);
    buf_print(csv, "%u,", number);
    csv_append(csv, unit->serial_number, ",");
    csv_append(csv, unit->qr_code, ",");
    csv_append(csv, unit->manual_code, ",");
    if (secrets->salt_size > 0) {
        buf_print(csv, "%u", secrets->discriminator);
    }
    buf_append_byte(csv, ',');
    if (secrets->passcode != 0) {
        buf_print(csv, "%u", secrets->passcode);
    }
    buf_append_text(csv, CSV_END);
}

status_t image_build_lists_add(struct image_build_lists *lists,
                               const struct image_build_place *place,
                               const struct image_build_unit *unit, struct problem *problem)
{
    struct dac_list_words dac;
    const struct dac_list_unit listed = {
        .der = buf_span(&unit->dac),
        .serial_number = unit->serial_number,
        .hardware_id = place->hardware_id,
    };
    TRY(dac_list_read(buf_span(&unit->dac), &dac, problem));
    add_json(&lists->json, place, unit, &dac);
    add_csv(&lists->csv, place, unit, &dac);
    TRY(dac_list_add(&lists->dacs, &listed, &dac));
    add_secrets(&lists->secrets, place->number, unit);
    TRY(buf_status(&lists->json));
    TRY(buf_status(&lists->csv));
    TRY(buf_status(&lists->dacs));
    return buf_status(&lists->secrets);
}

/* ---- the files ---- */

status_t image_build_lists_write(struct image_build_lists *lists, const char *folder,
                                 struct problem *problem)
{
    const struct {
        const char *name;
        const struct buf *content;
    } files[] = {{"secrets.csv", &lists->secrets},
                 {"dacs.csv", &lists->dacs},
                 {"batch.csv", &lists->csv},
                 {"batch.json", &lists->json}};
    buf_append_text(&lists->json, "\n  ]\n}\n");
    TRY(buf_status(&lists->json));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[PATH_MAX];
        if (snprintf(path, sizeof(path), "%s/%s", folder, files[i].name) >= (int)sizeof(path)) {
            return problem_say(problem, STATUS_INVALID, "PATH", "--output", "a path is too long");
        }
        TRY(files_write(path, buf_span(files[i].content), problem));
    }
    return STATUS_OK;
}
