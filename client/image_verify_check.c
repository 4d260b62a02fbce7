/* A unit's folder, read already, held to every check of a station. */
#include <stdio.h>
#include <time.h>

#include "client/image_verify.h"
#include "lib/image/manifest.h"

/* The set's check speaks of an answer; here each part of it is a file. */
static void name_file(struct problem *problem)
{
    static const struct {
        const char *reason; /* NULL: any */
        const char *field;  /* NULL: any */
        const char *file;
    } files[] = {
        {"IMAGE_CERTIFICATE", "dac-cert", "dac.der"},
        {"IMAGE_CERTIFICATE", "pai-cert", "pai.der"},
        {"CODE_MISMATCH", NULL, "onboarding.json"},
        {"IMAGE_VERIFIER", "verifier", "onboarding.json"},
        {"SERIAL_NUMBER_MISMATCH", NULL, "onboarding.json"},
        {"PAI_SIGNATURE", NULL, "paa.der"}, /* the PAI is the image's */
        {NULL, "dac", "dac.der"},
        {NULL, "pai", "pai.der"},
        {NULL, "paa", "paa.der"},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        if ((files[i].reason == NULL || strcmp(problem->reason, files[i].reason) == 0) &&
            (files[i].field == NULL || strcmp(problem->field, files[i].field) == 0)) {
            (void)snprintf(problem->field, sizeof(problem->field), "%s", files[i].file);
            return;
        }
    }
}

/* lib/image/SPEC.md §4: the manifest's bytes follow from the files and the chip, so a change of
 * anything in it shows, also of what no check reads. */
static status_t check_manifest_bytes(const struct image_verify_unit *unit, struct problem *problem)
{
    AUTO(buf_done) struct buf wanted;
    buf_init(&wanted, IMAGE_MANIFEST_MAX);
    if (unit->revision != IMAGE_REVISION) {
        return problem_say(problem, STATUS_REFUSED, "IMAGE_REVISION", "manifest.json",
                           "image_revision is %d, this program knows %d: use the mintmark that "
                           "provisioned the unit",
                           unit->revision, IMAGE_REVISION);
    }
    TRY(image_manifest_write(unit->chip, &unit->set, &wanted));
    return span_equal(buf_span(&wanted), buf_span(&unit->set.manifest))
               ? STATUS_OK
               : image_verify_unit_damaged("MANIFEST", "manifest.json",
                                           "is not what was written for these files", problem);
}

status_t image_verify_unit_check(const struct image_verify_unit *unit, const struct trust *trust,
                                 struct image_verify_verdict *ret_verdict, struct problem *problem)
{
    const struct label_unit *codes = label_units_at(&unit->codes, 0);
    const struct image_check check = {
        .files = unit->set.files,
        .file_count = unit->set.file_count,
        .efuse_keys = unit->set.efuse_keys,
        .efuse_key_count = unit->set.efuse_key_count,
        .manifest = buf_span(&unit->set.manifest),
        .flash_args = buf_span(&unit->set.flash_args),
        .dac = buf_span(&unit->dac),
        .pai = buf_span(&unit->pai),
        .paa = buf_span(&unit->paa),
        .qr_code = codes->qr_code,
        .manual_code = codes->manual_code,
        .serial_number = codes->serial_number,
        .cd_signers = trust->cd_signers,
        .cd_signer_count = trust->cd_signer_count,
        .now = time(NULL),
    };
    if (trust->paa.size > 0 && !span_equal(buf_span(&trust->paa), check.paa)) {
        return problem_say(problem, STATUS_REFUSED, "PAA_OTHER", "paa.der",
                           "paa.der is not the PAA given with --paa: do not flash this unit");
    }
    status_t status = image_set_check(&check, ret_verdict->findings, &ret_verdict->count, problem);
    if (status != STATUS_OK) {
        name_file(problem);
        return status;
    }
    return check_manifest_bytes(unit, problem);
}
