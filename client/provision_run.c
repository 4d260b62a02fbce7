#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/files.h"
#include "client/firmware.h"
#include "client/provision.h"
#include "client/qr_terminal.h"
#include "client/unit_folder.h"
#include "client/unit_record.h"
#include "lib/image/manifest.h"
#include "lib/pki/spiffe.h"
#include "lib/unit/name.h"

static json_t *onboarding_json(const Mintmark__V1__ProvisionDeviceResponse *response)
{
    const Mintmark__V1__OnboardingCodes *codes = response->onboarding;
    return json_pack("{s:s,s:s,s:i,s:i,s:s}", "qr_code", codes->qr_code, "manual_code",
                     codes->manual_code, "discriminator", (int)codes->discriminator, "passcode",
                     (int)codes->passcode, "serial_number", response->serial_number);
}

/* "test", "production" …: as YAML has it. */
static void class_name(const Mintmark__V1__ProvisionDeviceResponse *response, char *ret_name,
                       size_t size)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &mintmark__v1__product_class__descriptor, (int)response->product_class);
    const char *name = value == NULL ? "unknown" : value->name + strlen("PRODUCT_CLASS_");
    size_t i = 0;
    for (; i + 1 < size && name[i] != '\0'; i++) {
        ret_name[i] = (char)tolower((unsigned char)name[i]);
    }
    ret_name[i] = '\0';
}

static status_t show_json(const struct provision_options *options,
                          const Mintmark__V1__ProvisionDeviceResponse *response)
{
    char name[16];
    class_name(response, name, sizeof(name));
    json_t *object =
        json_pack("{s:s,s:s,s:s,s:s,s:b,s:o,s:s*}", "record_id", response->record_id, "product",
                  response->product, "class", name, "serial_number", response->serial_number,
                  "repeated_delivery", response->repeated_delivery, "onboarding",
                  onboarding_json(response), "output", options->output);
    if (object == NULL || json_dumpf(object, stdout, JSON_INDENT(2)) != 0) {
        json_decref(object);
        return STATUS_IO;
    }
    (void)putchar('\n');
    json_decref(object);
    return STATUS_OK;
}

/* None with a dynamic passcode: the finding "codes" has said so. */
static void show_codes(const struct provision_options *options,
                       const Mintmark__V1__OnboardingCodes *codes)
{
    if (codes->qr_code[0] == '\0') {
        return;
    }
    (void)printf("  QR code      %s\n  manual code  %s\n", codes->qr_code, codes->manual_code);
    if (options->qr || isatty(STDOUT_FILENO)) {
        qr_terminal_print(stdout, codes->qr_code);
    }
}

/* The steps of manifest.json, to be typed. */
static status_t show_next(const struct provision_options *options, const struct image_check *unit)
{
    AUTO(buf_done) struct buf steps;
    buf_init(&steps, IMAGE_MANIFEST_MAX);
    size_t pinned = 0;
    TRY(firmware_count(unit->manifest, &pinned, NULL));
    unit_folder_print_steps(unit, pinned > 0 && options->firmware != NULL, &steps);
    TRY(buf_status(&steps));
    (void)printf("  written to %s: cd there, then: %.*s\n", options->output, (int)steps.size,
                 (const char *)steps.data);
    if (pinned > 0 && options->firmware == NULL) {
        (void)printf(
            "  firmware     %zu files are pinned and not here: --firmware DIR copies them\n",
            pinned);
    }
    (void)printf(
        "  flashed and verified: mintmark report %s --flashed --server %s --certificate %s "
        "--key %s --ca %s\n",
        options->output, options->station.server, options->station.certificate,
        options->station.key, options->station.ca);
    return STATUS_OK;
}

status_t provision_show(const struct provision_options *options,
                        const Mintmark__V1__ProvisionDeviceResponse *response,
                        const struct provision_unit *unit)
{
    if (options->station.json) {
        return show_json(options, response);
    }
    char name[16];
    class_name(response, name, sizeof(name));
    (void)printf("%s · %s · serial number %s · record %s%s\n", response->product, name,
                 response->serial_number, response->record_id,
                 response->repeated_delivery ? " · delivered before, same bytes" : "");
    for (size_t i = 0; i < unit->finding_count; i++) {
        (void)printf("  %-12s %s\n", unit->findings[i].what, unit->findings[i].text);
    }
    if (response->product_class == MINTMARK__V1__PRODUCT_CLASS__PRODUCT_CLASS_TEST) {
        (void)printf("  class test: NOT FOR SALE\n");
    }
    show_codes(options, response->onboarding);
    return options->output != NULL ? show_next(options, &unit->check) : STATUS_OK;
}

/* The server knows the id already: "" where this file does not tell it. */
static void read_station(const char *path, char ret_id[static UNIT_RECORD_TEXT_MAX])
{
    AUTO(buf_done) struct buf der;
    struct pki_certificate certificate;
    struct span id = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    ret_id[0] = '\0';
    if (files_read_certificate(path, &der, NULL) == STATUS_OK &&
        pki_certificate_parse(buf_span(&der), &certificate, NULL) == STATUS_OK &&
        pki_spiffe_of(&certificate, &id) == STATUS_OK && id.size < UNIT_RECORD_TEXT_MAX) {
        memcpy(ret_id, id.data, id.size);
        ret_id[id.size] = '\0';
    }
}

/* What a report about the unit needs to know, and a recovery of the server. */
static status_t write_record(const struct provision_options *options,
                             const Mintmark__V1__ProvisionDeviceResponse *response,
                             struct problem *problem)
{
    struct unit_record record;
    read_station(options->station.certificate, record.station);
    TRY(unit_record_set(record.serial_number, response->serial_number, "serial_number", problem));
    TRY(unit_record_set(record.order, options->order, "--order", problem));
    TRY(unit_record_set(record.unit_id, options->unit_id, "--unit-id", problem));
    TRY(unit_record_set(record.hardware_id, options->hardware_id, "--hardware-id", problem));
    TRY(unit_record_set(record.record_id, response->record_id, "record_id", problem));
    return unit_record_write(options->output, &record, problem);
}

/* The server took the address, so it is one. */
static status_t write_folder(const struct provision_options *options,
                             const struct image_check *unit, struct problem *problem)
{
    char hardware_id[UNIT_NAME_HARDWARE_ID_SIZE] = "";
    if (options->hardware_id != NULL) {
        TRY(unit_name_hardware_id(options->hardware_id, hardware_id, problem));
    }
    const struct unit_folder_more more = {hardware_id, options->firmware};
    return unit_folder_write(options->output, unit, &more, problem);
}

status_t provision_run(const struct provision_options *options, struct problem *problem)
{
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const Mintmark__V1__ProvisionDeviceResponse *response = NULL;
    struct provision_unit unit;
    AUTO(trust_done) struct trust trust;
    trust_init(&trust);
    TRY(trust_load(&options->trust, &trust, problem));
    TRY(decode_arena_new(PROVISION_ARENA_SIZE, &arena));
    TRY(provision_fetch(options, arena, &response, problem));
    TRY(provision_check(options, &trust, response, &unit, problem));
    if (options->output != NULL) {
        TRY(write_folder(options, &unit.check, problem));
        TRY(write_record(options, response, problem));
    }
    return provision_show(options, response, &unit);
}
