#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "client/image_build.h"
#include "lib/unit/dac.h"
#include "lib/unit/serial.h"

enum { DAY = 86400 };

static status_t random_bytes(void *context, void *ret_bytes, size_t size)
{
    (void)context;
    return RAND_priv_bytes(ret_bytes, (int)size) == 1 ? STATUS_OK : STATUS_CRYPTO;
}

static const struct unit_random source = {NULL, random_bytes};

void image_build_unit_done(struct image_build_unit *unit)
{
    secret_wipe(&unit->secrets);
    buf_done(&unit->dac);
    image_set_done(&unit->set);
    OPENSSL_cleanse(unit->qr_code, sizeof(unit->qr_code));
    OPENSSL_cleanse(unit->manual_code, sizeof(unit->manual_code));
    *unit = (struct image_build_unit){0};
}

static status_t draw_serial_number(const struct image_build_inputs *inputs,
                                   struct image_build_unit *unit, struct problem *problem)
{
    const struct unit_serial serial = {
        .pattern = image_build_serial_pattern(inputs),
        .random = &source,
        .counter = inputs->values.counter_from + unit->number - 1,
        .now_ms = inputs->now * 1000,
        .hardware_id = unit->hardware_id != NULL ? unit->hardware_id : "",
    };
    return unit_serial_draw(&serial, unit->serial_number, problem);
}

/* In place of the one that was drawn. */
static void take_dac_key(const struct image_build_inputs *inputs, struct image_build_unit *unit)
{
    if (inputs->dac.size > 0) {
        struct unit_secrets *secrets = unit_secrets_of(&unit->secrets);
        memcpy(secrets->dac_key, inputs->dac_key.data, sizeof(secrets->dac_key));
        memcpy(unit->public_key, inputs->dac_public_key, sizeof(unit->public_key));
    }
}

status_t image_build_unit_draw(const struct image_build_inputs *inputs,
                               const struct unit_supplied *supplied,
                               struct image_build_unit *ret_unit, struct problem *problem)
{
    const struct unit_product *product = &inputs->product;
    ret_unit->supplied = supplied;
    TRY(unit_supplied_check(product, supplied, problem));
    if (supplied->serial_number != NULL) {
        (void)snprintf(ret_unit->serial_number, sizeof(ret_unit->serial_number), "%s",
                       supplied->serial_number);
    } else {
        TRY(draw_serial_number(inputs, ret_unit, problem));
    }
    TRY(unit_draw_secrets(product, supplied, &source, inputs->now * 1000, ret_unit->public_key,
                          &ret_unit->secrets));
    struct unit_secrets *secrets = unit_secrets_of(&ret_unit->secrets);
    TRY(image_build_values_apply(inputs, secrets, problem));
    take_dac_key(inputs, ret_unit);
    return unit_set_codes(product, secrets, ret_unit->qr_code, ret_unit->manual_code, problem);
}

static status_t issue_dac(const struct image_build_inputs *inputs, struct image_build_unit *unit,
                          struct problem *problem)
{
    uint8_t serial[MATTER_SERIAL_SIZE];
    char common_name[UNIT_COMMON_NAME_MAX + 1];
    AUTO(buf_done) struct buf tbs;
    AUTO(buf_done) struct buf signature;
    buf_init(&tbs, MATTER_CERTIFICATE_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    TRY(unit_draw_dac_serial(&source, serial));
    TRY(unit_draw_common_name(&inputs->product, &source, common_name));
    const struct unit_dac dac = {
        .product = &inputs->product,
        .common_name = common_name,
        .serial = SPAN_OF(serial),
        .public_key = SPAN_OF(unit->public_key),
        .not_before = inputs->now / DAY * DAY,
    };
    TRY(unit_dac_tbs(&dac, &tbs, problem));
    struct signer signer = pki_plain_key_signer(inputs->pai_key);
    TRY(signer.sign(signer.context, buf_span(&tbs), &signature, problem));
    return pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), &unit->dac);
}

static status_t check(const struct image_build_inputs *inputs, struct image_build_unit *unit,
                      struct problem *problem)
{
    unit->check = (struct image_check){
        .files = unit->set.files,
        .file_count = unit->set.file_count,
        .efuse_keys = unit->set.efuse_keys,
        .efuse_key_count = unit->set.efuse_key_count,
        .manifest = buf_span(&unit->set.manifest),
        .flash_args = buf_span(&unit->set.flash_args),
        .dac = buf_span(&unit->dac),
        .pai = inputs->pai.der,
        .paa = inputs->pai.paa_der,
        .qr_code = unit->qr_code,
        .manual_code = unit->manual_code,
        .serial_number = unit->serial_number,
        .cd_signers = inputs->trust.cd_signers,
        .cd_signer_count = inputs->trust.cd_signer_count,
        .now = inputs->now,
    };
    return image_set_check(&unit->check, unit->findings, &unit->finding_count, problem);
}

status_t image_build_unit_make(const struct image_build_inputs *inputs,
                               struct image_build_unit *unit, struct problem *problem)
{
    struct span given = inputs->dac.size > 0 ? buf_span(&inputs->dac) : unit->supplied->dac;
    buf_init(&unit->dac, PKI_CERTIFICATE_MAX);
    if (given.size > 0) {
        buf_append_span(&unit->dac, given);
        TRY(buf_status(&unit->dac));
    } else {
        TRY(issue_dac(inputs, unit, problem));
    }
    const struct unit_parts parts = {
        .product = &inputs->product,
        .secrets = unit_secrets_of(&unit->secrets),
        .dac = buf_span(&unit->dac),
        .public_key = SPAN_OF(unit->public_key),
        .serial_number = unit->serial_number,
        .supplied = unit->supplied,
    };
    TRY(unit_set_build(&parts, &unit->set, problem));
    return check(inputs, unit, problem);
}
