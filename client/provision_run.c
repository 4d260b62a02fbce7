#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/provision.h"
#include "client/qr_terminal.h"
#include "lib/base/file.h"

static status_t write_one(const char *folder, const char *name, struct span content,
                          struct problem *problem)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_TOO_LARGE, "PATH", "--output", "path too long");
    }
    status_t status = file_write(path, content, 0600);
    return status == STATUS_OK ? status
                               : problem_say(problem, status, "OUTPUT", "--output",
                                             "cannot write %s: %s", path, strerror(errno));
}

static json_t *onboarding_json(const Mintmark__V1__ProvisionDeviceResponse *response)
{
    const Mintmark__V1__OnboardingCodes *codes = response->onboarding;
    return json_pack("{s:s,s:s,s:i,s:i,s:s}", "qr_code", codes->qr_code, "manual_code",
                     codes->manual_code, "discriminator", (int)codes->discriminator, "passcode",
                     (int)codes->passcode, "serial_number", response->serial_number);
}

static status_t write_codes(const char *folder,
                            const Mintmark__V1__ProvisionDeviceResponse *response,
                            struct problem *problem)
{
    json_t *object = onboarding_json(response);
    char *words = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    if (words == NULL) {
        return STATUS_NO_MEMORY;
    }
    status_t status = write_one(folder, "onboarding.json", span_text(words), problem);
    explicit_bzero(words, strlen(words));
    free(words);
    return status;
}

/* What an earlier unit left goes first: a folder with a manifest is whole, and one unit's. */
static status_t take_back(const char *folder, struct problem *problem)
{
    static const char *const NAMES[] = {"manifest.json", "flash_args", "onboarding.json"};
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

status_t provision_write(const char *folder, const Mintmark__V1__ProvisionDeviceResponse *response,
                         struct problem *problem)
{
    const Mintmark__V1__ImageSet *set = response->image_set;
    const Mintmark__V1__Certificates *certificates = response->certificates;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return problem_say(problem, STATUS_IO, "OUTPUT", "--output", "cannot make %s: %s", folder,
                           strerror(errno));
    }
    TRY(take_back(folder, problem));
    for (size_t i = 0; i < set->n_images; i++) {
        TRY(write_one(folder, set->images[i]->file_name,
                      span_make(set->images[i]->content.data, set->images[i]->content.len),
                      problem));
    }
    if (set->efuse_key != NULL) {
        TRY(write_one(folder, IMAGE_EFUSE_FILE,
                      span_make(set->efuse_key->content.data, set->efuse_key->content.len),
                      problem));
    }
    TRY(write_one(folder, "dac.der", span_make(certificates->dac.data, certificates->dac.len),
                  problem));
    TRY(write_one(folder, "pai.der", span_make(certificates->pai.data, certificates->pai.len),
                  problem));
    TRY(write_one(folder, "paa.der", span_make(certificates->paa.data, certificates->paa.len),
                  problem));
    TRY(write_codes(folder, response, problem));
    TRY(write_one(folder, "flash_args", span_text(set->flash_args), problem));
    /* last: a folder with a manifest is whole */
    return write_one(folder, "manifest.json", span_text(set->manifest_json), problem);
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

static void show_next(const char *folder, const Mintmark__V1__EfuseKey *key)
{
    (void)printf("  written to %s: cd there, then: ", folder);
    if (key != NULL) { /* once per chip: burnt before, espefuse refuses, and esptool may go on */
        (void)printf("espefuse burn-key BLOCK_KEY%u %s %s && ", key->block, key->file_name,
                     key->purpose);
    }
    (void)printf("esptool write-flash @flash_args\n");
}

status_t provision_show(const struct provision_options *options,
                        const Mintmark__V1__ProvisionDeviceResponse *response,
                        const struct image_finding *findings, size_t count)
{
    if (options->json) {
        return show_json(options, response);
    }
    char name[16];
    class_name(response, name, sizeof(name));
    (void)printf("%s · %s · serial number %s · record %s%s\n", response->product, name,
                 response->serial_number, response->record_id,
                 response->repeated_delivery ? " · delivered before, same bytes" : "");
    for (size_t i = 0; i < count; i++) {
        (void)printf("  %-12s %s\n", findings[i].what, findings[i].text);
    }
    if (response->product_class == MINTMARK__V1__PRODUCT_CLASS__PRODUCT_CLASS_TEST) {
        (void)printf("  class test: NOT FOR SALE\n");
    }
    show_codes(options, response->onboarding);
    if (options->output != NULL) {
        show_next(options->output, response->image_set->efuse_key);
    }
    return STATUS_OK;
}

status_t provision_run(const struct provision_options *options, struct problem *problem)
{
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const Mintmark__V1__ProvisionDeviceResponse *response = NULL;
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    AUTO(trust_done) struct trust trust;
    trust_init(&trust);
    TRY(trust_load(&options->trust, &trust, problem));
    TRY(decode_arena_new(PROVISION_ARENA_SIZE, &arena));
    TRY(provision_fetch(options, arena, &response, problem));
    TRY(provision_check(options, &trust, response, findings, &count, problem));
    if (options->output != NULL) {
        TRY(provision_write(options->output, response, problem));
    }
    return provision_show(options, response, findings, count);
}
