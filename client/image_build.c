/* mintmark image build */
#include "client/image_build.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "client/command.h"
#include "client/json.h"
#include "client/payload.h"
#include "client/unit_folder.h"
#include "client/warnings.h"

enum { OUTPUT_MAX = 16 * 1024 };

/* ---- the output folder ---- */

/* A unit made once more has other keys and codes: what is there may be on a device already. */
static status_t refuse_used(const char *folder, struct problem *problem)
{
    DIR *listing = opendir(folder);
    if (listing == NULL) {
        return problem_say(problem, STATUS_IO, "OUTPUT", "--output", "cannot read %s: %s", folder,
                           strerror(errno));
    }
    bool used = false;
    for (const struct dirent *entry; !used && (entry = readdir(listing)) != NULL;) {
        used = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(listing);
    return used ? problem_say(problem, STATUS_EXISTS, "OUTPUT_USED", "--output",
                              "%s is not empty: what was made there may be on a device; give a new "
                              "folder",
                              folder)
                : STATUS_OK;
}

static status_t prepare_folder(const char *folder, struct problem *problem)
{
    if (mkdir(folder, 0700) == 0) {
        return STATUS_OK;
    }
    return errno == EEXIST ? refuse_used(folder, problem)
                           : problem_say(problem, STATUS_IO, "OUTPUT", "--output",
                                         "cannot make %s: %s", folder, strerror(errno));
}

/* ---- result ---- */

static void tell_json(const struct image_build_options *options,
                      const struct image_build_inputs *inputs, struct buf *output)
{
    const struct unit_product *product = &inputs->product;
    buf_append_text(output, "{\"product\": ");
    json_append_text(output, span_text(product->name));
    json_append_name(output, "class", false);
    json_append_text(output, span_text(unit_product_class_name(product->product_class)));
    buf_print(output, ", \"units\": %u", inputs->count > 0 ? inputs->count : 1);
    if (!options->dry_run) {
        json_append_name(output, "output", false);
        json_append_text(output, span_text(options->texts[IMAGE_BUILD_OUTPUT]));
    }
    json_append_name(output, "warnings", false);
    warnings_print(&inputs->sheet.warning, inputs->sheet.warnings, true, output);
    buf_append_text(output, "}\n");
}

static void tell_unit(const struct image_build_unit *unit, bool show_codes, struct buf *output)
{
    for (size_t i = 0; i < unit->finding_count; i++) {
        buf_print(output, "  %-12s %s\n", unit->findings[i].what, unit->findings[i].text);
    }
    if (unit->qr_code[0] == '\0') {
        return; /* the device makes them */
    }
    if (!show_codes) {
        buf_append_text(output, "  codes        in onboarding.json; --show-codes prints them\n");
        return;
    }
    buf_print(output, "  QR code      %s\n  manual code  ", unit->qr_code);
    payload_print_manual(unit->manual_code, output);
    buf_append_byte(output, '\n');
}

static void tell(const struct image_build_options *options, const struct image_build_inputs *inputs,
                 struct buf *output)
{
    const struct unit_product *product = &inputs->product;
    if (options->json) {
        tell_json(options, inputs, output);
        return;
    }
    warnings_print(&inputs->sheet.warning, inputs->sheet.warnings, false, output);
    if (product->product_class == UNIT_CLASS_TEST) {
        buf_append_text(output, "  class test: NOT FOR SALE\n");
    }
    if (options->dry_run) {
        buf_append_text(output, "  dry run: nothing was written\n");
    } else if (inputs->count > 0) {
        buf_print(output, "%u units of %s in %s; keep secrets.csv apart\n", inputs->count,
                  product->name, options->texts[IMAGE_BUILD_OUTPUT]);
    }
}

static void tell_next(const char *folder, const struct image_build_unit *unit, bool firmware,
                      struct buf *output)
{
    buf_print(output, "  written to %s: cd there, then: ", folder);
    unit_folder_print_steps(&unit->check, firmware, output);
    buf_append_byte(output, '\n');
}

static status_t write_unit(const struct image_build_options *options,
                           const struct image_build_inputs *inputs,
                           const struct image_build_unit *unit, struct buf *output,
                           struct problem *problem)
{
    const struct unit_folder_more more = {"", inputs->firmware};
    TRY(unit_folder_write(options->texts[IMAGE_BUILD_OUTPUT], &unit->check, &more, problem));
    if (!options->json) {
        buf_print(output, "%s · %s · serial number %s\n", inputs->product.name,
                  unit_product_class_name(inputs->product.product_class), unit->serial_number);
        tell_unit(unit, options->show_codes, output);
        tell_next(options->texts[IMAGE_BUILD_OUTPUT], unit, inputs->firmware != NULL, output);
    }
    return STATUS_OK;
}

/* A first unit is made before any folder: what is wrong with all would be wrong with it. */
static status_t run(const struct image_build_options *options, struct buf *output,
                    struct problem *problem)
{
    const char *folder = options->texts[IMAGE_BUILD_OUTPUT];
    AUTO(image_build_inputs_done) struct image_build_inputs inputs;
    AUTO(image_build_unit_done) struct image_build_unit unit = {0};
    AUTO(secret_wipe) struct secret supplied = {0};
    image_build_inputs_init(&inputs);
    TRY(secret_new(&supplied, sizeof(struct unit_supplied)));
    TRY(image_build_inputs_read(options, &inputs, problem));
    TRY(image_build_sheet_next(&inputs, unit_supplied_of(&supplied), problem));
    unit.number = 1;
    unit.hardware_id = image_build_mac(&inputs, 1);
    TRY(image_build_unit_draw(&inputs, unit_supplied_of(&supplied), &unit, problem));
    TRY(image_build_unit_make(&inputs, &unit, problem));
    TRY(image_build_sheet_rewind(options, &inputs, problem));
    if (!options->dry_run) {
        TRY(prepare_folder(folder, problem));
        TRY(inputs.count > 0 ? image_build_batch(&inputs, folder, problem)
                             : write_unit(options, &inputs, &unit, output, problem));
    }
    tell(options, &inputs, output);
    return STATUS_OK;
}

int image_build_command(int argc, char **argv)
{
    struct image_build_options options;
    int code = 0;
    if (!image_build_options_read(argc, argv, &options, &code)) {
        return code;
    }
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, OUTPUT_MAX);
    struct problem problem = {0};
    status_t status = run(&options, &output, &problem);
    return payload_write(&output, status, &problem, options.json);
}
