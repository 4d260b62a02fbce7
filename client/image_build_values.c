/* Values of units that were given instead of drawn. */
#include "client/image_build.h"
#include "client/number.h"
#include "client/payload.h"
#include "lib/base/hex.h"
#include "lib/matter/spake2p.h"
#include "lib/unit/pattern.h"
#include "lib/unit/serial.h"

enum { DISCRIMINATOR_MAX = 0x0FFF, ROTATING_ID_SIZE = 16 };

void image_build_values_init(struct image_build_values *values)
{
    *values = (struct image_build_values){0};
    buf_init_secret(&values->salt, MATTER_SPAKE2P_SALT_MAX);
    buf_init_secret(&values->verifier, MATTER_SPAKE2P_VERIFIER_SIZE);
    buf_init_secret(&values->rotating_id, ROTATING_ID_SIZE);
}

void image_build_values_done(struct image_build_values *values)
{
    buf_done(&values->salt);
    buf_done(&values->verifier);
    buf_done(&values->rotating_id);
}

static status_t read_passcode(const char *word, struct image_build_inputs *inputs,
                              struct problem *problem)
{
    struct unit_product *product = &inputs->product;
    if (product->image.dynamic_passcode) {
        return problem_say(problem, STATUS_REFUSED, "PASSCODE_DYNAMIC", "--passcode",
                           "the product's devices make their own passcode: leave --passcode out");
    }
    TRY(unit_product_allow_fixed(product, inputs->count, "--passcode", problem));
    TRY(payload_read_passcode(word, &product->fixed_passcode, problem));
    return matter_spake2p_passcode_valid(product->fixed_passcode)
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PASSCODE", "--passcode",
                             "this passcode is forbidden as too simple: choose another");
}

static status_t read_discriminator(const char *word, struct image_build_inputs *inputs,
                                   struct problem *problem)
{
    uint32_t discriminator = 0;
    TRY(unit_product_allow_fixed(&inputs->product, inputs->count, "--discriminator", problem));
    TRY(number_read("--discriminator", word, DISCRIMINATOR_MAX, &discriminator, problem));
    inputs->product.fixed_discriminator = (int32_t)discriminator;
    return STATUS_OK;
}

static status_t read_salt(const char *word, struct buf *ret_salt, struct problem *problem)
{
    if (base64_decode(span_text(word), ret_salt) != STATUS_OK ||
        ret_salt->size < MATTER_SPAKE2P_SALT_MIN) {
        return problem_say(problem, STATUS_INVALID, "SALT", "--salt",
                           "not base64 of %d to %d bytes: write the salt as it stands in NVS",
                           MATTER_SPAKE2P_SALT_MIN, MATTER_SPAKE2P_SALT_MAX);
    }
    return STATUS_OK;
}

static status_t read_verifier(const char *word, struct buf *ret_verifier, struct problem *problem)
{
    if (base64_decode(span_text(word), ret_verifier) != STATUS_OK ||
        ret_verifier->size != MATTER_SPAKE2P_VERIFIER_SIZE) {
        return problem_say(problem, STATUS_INVALID, "VERIFIER", "--verifier",
                           "not base64 of %d bytes: write the verifier as it stands in NVS",
                           MATTER_SPAKE2P_VERIFIER_SIZE);
    }
    return STATUS_OK;
}

static status_t read_rotating_id(const char *word, bool wanted, struct buf *ret_id,
                                 struct problem *problem)
{
    if (!wanted) {
        return problem_say(problem, STATUS_REFUSED, "ROTATING_ID_NONE", "--rotating-id",
                           "the product's units have none: write rotating_device_id_unique_id: "
                           "random in its YAML");
    }
    if (hex_decode(span_text(word), ret_id) != STATUS_OK || ret_id->size != ROTATING_ID_SIZE) {
        return problem_say(problem, STATUS_INVALID, "ROTATING_ID", "--rotating-id",
                           "write its %d bytes as %d hexadecimal digits", ROTATING_ID_SIZE,
                           2 * ROTATING_ID_SIZE);
    }
    return STATUS_OK;
}

static status_t check_shape(const char *serial_number, const struct unit_product *product,
                            struct problem *problem)
{
    const char *shape = product->wants.serial_number ? product->serial_number_shape : "";
    if (serial_number == NULL || shape == NULL || shape[0] == '\0' ||
        unit_pattern_matches(shape, serial_number)) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_SHAPE", "--serial-number",
                       "%.40s does not have the product's shape %.60s", serial_number, shape);
}

const char *image_build_serial_pattern(const struct image_build_inputs *inputs)
{
    return inputs->values.serial_number != NULL ? inputs->values.serial_number
                                                : inputs->product.serial_number_pattern;
}

/* No server counts here. All units' numbers are tried, so that no batch ends halfway. */
status_t image_build_counter_read(const struct image_build_options *options,
                                  struct image_build_inputs *inputs, struct problem *problem)
{
    const char *word = options->texts[IMAGE_BUILD_COUNTER_FROM];
    static const char option[] = "--counter-from";
    uint32_t last = unit_serial_counter_last(image_build_serial_pattern(inputs));
    uint32_t more = inputs->count > 0 ? inputs->count - 1 : 0;
    if (word == NULL) {
        return last == 0 ? STATUS_OK
                         : problem_say(problem, STATUS_INVALID, "COUNTER_MISSING", option,
                                       "the serial numbers count: give the first one's number");
    }
    if (last == 0) {
        return problem_say(problem, STATUS_INVALID, "COUNTER_UNUSED", option,
                           "the serial numbers have no {counter:N}: leave %s out", option);
    }
    TRY(number_read(option, word, last, &inputs->values.counter_from, problem));
    return inputs->values.counter_from > 0 && more <= last - inputs->values.counter_from
               ? STATUS_OK
               : problem_say(problem, STATUS_EXHAUSTED, "SERIAL_NUMBER_EXHAUSTED", option,
                             "the pattern's counter goes from 1 to %u, and there are %u units to "
                             "be made",
                             last, more + 1);
}

/* What an option gives need not be supplied any more. */
static void settle_wants(const char *const *texts, struct unit_wants *wants)
{
    wants->serial_number = wants->serial_number && texts[IMAGE_BUILD_SERIAL_NUMBER] == NULL;
    wants->passcode = wants->passcode && texts[IMAGE_BUILD_PASSCODE] == NULL;
    wants->discriminator = wants->discriminator && texts[IMAGE_BUILD_DISCRIMINATOR] == NULL;
    wants->verifier = wants->verifier && texts[IMAGE_BUILD_VERIFIER] == NULL;
    wants->rotating_id = wants->rotating_id && texts[IMAGE_BUILD_ROTATING_ID] == NULL;
}

static status_t check_left_out(const char *const *texts, const struct unit_product *product,
                               struct problem *problem)
{
    static const struct {
        enum image_build_text text;
        const char *option;
    } given[] = {{IMAGE_BUILD_PASSCODE, "--passcode"},
                 {IMAGE_BUILD_DISCRIMINATOR, "--discriminator"},
                 {IMAGE_BUILD_SALT, "--salt"},
                 {IMAGE_BUILD_VERIFIER, "--verifier"}};
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        if (product->image.commissioning_left_out && texts[given[i].text] != NULL) {
            return problem_say(problem, STATUS_REFUSED, "LEFT_OUT", given[i].option,
                               "the product leaves commissionable data out: leave %s out",
                               given[i].option);
        }
    }
    return STATUS_OK;
}

status_t image_build_values_read(const struct image_build_options *options,
                                 struct image_build_inputs *inputs, struct problem *problem)
{
    const char *const *texts = options->texts;
    struct image_build_values *values = &inputs->values;
    values->serial_number = texts[IMAGE_BUILD_SERIAL_NUMBER];
    TRY(check_left_out(texts, &inputs->product, problem));
    if (texts[IMAGE_BUILD_PASSCODE] != NULL) {
        TRY(read_passcode(texts[IMAGE_BUILD_PASSCODE], inputs, problem));
    }
    if (texts[IMAGE_BUILD_DISCRIMINATOR] != NULL) {
        TRY(read_discriminator(texts[IMAGE_BUILD_DISCRIMINATOR], inputs, problem));
    }
    if (texts[IMAGE_BUILD_SALT] != NULL) {
        TRY(read_salt(texts[IMAGE_BUILD_SALT], &values->salt, problem));
    }
    if (texts[IMAGE_BUILD_VERIFIER] != NULL) {
        TRY(read_verifier(texts[IMAGE_BUILD_VERIFIER], &values->verifier, problem));
    }
    if (texts[IMAGE_BUILD_ROTATING_ID] != NULL) {
        TRY(read_rotating_id(texts[IMAGE_BUILD_ROTATING_ID], inputs->product.rotating_id,
                             &values->rotating_id, problem));
    }
    TRY(check_shape(values->serial_number, &inputs->product, problem));
    settle_wants(texts, &inputs->product.wants);
    return STATUS_OK;
}

/* ---- into a drawn unit ---- */

static status_t apply_salt(const struct image_build_inputs *inputs, struct unit_secrets *secrets,
                           struct problem *problem)
{
    const struct image_build_values *values = &inputs->values;
    secrets->salt_size = (uint8_t)values->salt.size;
    memcpy(secrets->salt, values->salt.data, values->salt.size);
    if (inputs->product.image.dynamic_passcode) {
        return STATUS_OK;
    }
    TRY(matter_spake2p_verifier(secrets->passcode, buf_span(&values->salt),
                                inputs->product.image.spake2p_iterations, secrets->verifier));
    return values->verifier.size == 0 ||
                   span_equal_secret(buf_span(&values->verifier), SPAN_OF(secrets->verifier))
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "VERIFIER_MISMATCH", "--verifier",
                             "the verifier is not that of this passcode, salt and %u iterations",
                             inputs->product.image.spake2p_iterations);
}

status_t image_build_values_apply(const struct image_build_inputs *inputs,
                                  struct unit_secrets *secrets, struct problem *problem)
{
    const struct image_build_values *values = &inputs->values;
    if (values->rotating_id.size > 0) {
        memcpy(secrets->rotating_id, values->rotating_id.data, sizeof(secrets->rotating_id));
    }
    return values->salt.size > 0 ? apply_salt(inputs, secrets, problem) : STATUS_OK;
}
