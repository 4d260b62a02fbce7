#include "lib/unit/product.h"

#include "lib/image/vendor.h"
#include "lib/matter/cd.h"
#include "lib/pki/plain_key.h"
#include "lib/unit/dac.h"
#include "lib/unit/draw.h"
#include "lib/unit/serial.h"
#include "lib/unit/supplied.h"

const char *unit_product_class_name(enum unit_class product_class)
{
    switch (product_class) {
    case UNIT_CLASS_TEST:
        return "test";
    case UNIT_CLASS_PROVISIONAL:
        return "provisional";
    case UNIT_CLASS_PRODUCTION:
        return "production";
    }
    return "unknown";
}

/* At most one '/', with a name on either side. */
static status_t check_name(const char *name, struct problem *problem)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t first = strspn(name, allowed);
    size_t second = name[first] == '/' ? strspn(name + first + 1, allowed) : 0;
    size_t length = first + (name[first] == '/' ? 1 + second : 0);
    bool good = first > 0 && (name[first] == '\0' || second > 0);
    if (good && name[length] == '\0' && length <= UNIT_PRODUCT_NAME_MAX) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "PRODUCT_NAME", "name",
                       "a product's name, and a variant's, is made of a-z, 0-9 and -; together "
                       "with the '/' between them they have at most %d characters",
                       UNIT_PRODUCT_NAME_MAX);
}

static status_t check_ids(const struct unit_product *product, struct matter_ids *ret_pai_ids,
                          struct problem *problem)
{
    const struct image_product *image = &product->image;
    TRY(matter_certificate_ids(product->pai->certificate.subject, ret_pai_ids, problem));
    if (ret_pai_ids->vendor_id != image->vendor_id) {
        return problem_say(problem, STATUS_REFUSED, "PAI_VENDOR_ID", "vendor_id",
                           "PAI %s is for vendor id 0x%04X, the product says 0x%04X",
                           product->pai->name, (unsigned)ret_pai_ids->vendor_id, image->vendor_id);
    }
    if (ret_pai_ids->product_id >= 0 && ret_pai_ids->product_id != image->product_id) {
        return problem_say(problem, STATUS_REFUSED, "PAI_PRODUCT_ID", "product_id",
                           "PAI %s is for product id 0x%04X only, the product says 0x%04X",
                           product->pai->name, (unsigned)ret_pai_ids->product_id,
                           image->product_id);
    }
    return STATUS_OK;
}

static bool is_test_vendor(uint16_t vendor_id)
{
    return vendor_id >= 0xFFF1 && vendor_id <= 0xFFF4;
}

/* The class follows from what vouches for the product; a mix of test and production is refused. */
static status_t derive_class(const struct unit_product *product, const struct matter_cd *cd,
                             enum matter_cd_signer signer, enum unit_class *ret_class,
                             struct problem *problem)
{
    bool test_ids = is_test_vendor(product->image.vendor_id) ||
                    matter_certificate_is_test_paa(&product->pai->paa);
    bool test_cd = cd->type == MATTER_CD_DEVELOPMENT || signer != MATTER_CD_SIGNER_CSA;
    if (test_ids && !test_cd) {
        return problem_say(
            problem, STATUS_REFUSED, "CLASS_MIXED", "certification_declaration",
            "a certified CD with a test vendor id or test PAA: use the product's own "
            "PAI");
    }
    if (test_cd) {
        *ret_class = UNIT_CLASS_TEST;
    } else {
        *ret_class =
            cd->type == MATTER_CD_PROVISIONAL ? UNIT_CLASS_PROVISIONAL : UNIT_CLASS_PRODUCTION;
    }
    return STATUS_OK;
}

static status_t check_cd(const struct unit_product *product, const struct span *cd_signers,
                         size_t cd_signer_count, enum unit_class *ret_class,
                         struct problem *problem)
{
    const struct image_product *image = &product->image;
    struct matter_ids pai_ids;
    struct matter_cd cd;
    enum matter_cd_signer signer;
    TRY(check_ids(product, &pai_ids, problem));
    TRY(matter_cd_parse(image->certification_declaration, &cd, problem));
    TRY(matter_cd_verify(image->certification_declaration, cd_signers, cd_signer_count, &signer,
                         problem));
    struct matter_cd_match match = {
        .vendor_id = image->vendor_id,
        .product_id = image->product_id,
        .dac_vendor_id = image->vendor_id,
        .dac_product_id = image->product_id,
        .pai_product_id = pai_ids.product_id,
        .paa_key_id = product->pai->paa.subject_key_id,
    };
    TRY(matter_cd_check(&cd, &match, problem));
    return derive_class(product, &cd, signer, ret_class, problem);
}

#define ANY_CHIP "02:00:00:00:00:00"

/* For what nobody gets. */
static status_t draw_zeros(void *context, void *ret_bytes, size_t size)
{
    (void)context;
    memset(ret_bytes, 0, size);
    return STATUS_OK;
}

/* Of exactly the sizes the product asks for. `bytes` has 64 of them, not two halves alike. */
static void example_keys(const struct image_product *image, const uint8_t *bytes,
                         struct image_unit *unit)
{
    unit->dac_key = span_make(bytes, 32);
    if (image->nvs_encryption == IMAGE_NVS_KEY_PARTITION) {
        unit->nvs_keys = span_make(bytes, 64);
    }
    if (image->nvs_encryption == IMAGE_NVS_HMAC) {
        unit->nvs_hmac_key = span_make(bytes, 32);
    }
    if (image->dac_key == IMAGE_DAC_KEY_DERIVED) {
        unit->dac_key = (struct span){0};
        unit->dac_hmac_key = span_make(bytes, 32);
        unit->dac_hmac_salt = span_make(bytes, 32);
    }
}

/* Instead of the longest, what is supplied. */
static void take_supplied(const struct unit_supplied *supplied, struct image_unit *unit)
{
    if (supplied->serial_number != NULL) {
        unit->serial_number = supplied->serial_number;
    }
    if (supplied->manufacturing_date != NULL) {
        unit->manufacturing_date = supplied->manufacturing_date;
    }
    if (supplied->salt.size > 0) {
        unit->salt = supplied->salt;
    }
    if (supplied->dac.size > 0) {
        unit->dac = supplied->dac;
    }
    unit->spake2p_iterations = supplied->iterations.given ? supplied->iterations.value : 0;
    unit->vendor_values = supplied->vendor_values;
    unit->vendor_count = supplied->vendor_count;
    unit->expected = supplied->expected;
    unit->expected_count = supplied->expected_count;
}

static status_t longest_serial_number(const struct unit_product *product,
                                      char ret_serial[static UNIT_SERIAL_NUMBER_MAX + 1],
                                      struct problem *problem)
{
    static const struct unit_random zeros = {NULL, draw_zeros};
    const struct unit_serial serial = {
        .pattern = product->serial_number_pattern, .random = &zeros, .hardware_id = ANY_CHIP};
    TRY(unit_serial_check(product->serial_number_pattern, problem));
    return unit_serial_draw(&serial, ret_serial, problem);
}

/* With every value at its longest: too small a partition is found now. */
status_t unit_product_check_fit(const struct unit_product *product,
                                const struct unit_supplied *supplied, struct problem *problem)
{
    static const uint8_t LONGEST[MATTER_CERTIFICATE_MAX] = {4};
    char serial_number[UNIT_SERIAL_NUMBER_MAX + 1];
    char today[11];
    const char *date = product->manufacturing_date;
    if (date != NULL && strcmp(date, UNIT_TODAY) == 0) {
        unit_draw_day(0, today);
        date = today;
    }
    TRY(longest_serial_number(product, serial_number, problem));
    if (product->image.dac_key == IMAGE_DAC_KEY_DEVICE) {
        return STATUS_OK; /* no images */
    }
    struct image_unit unit = {
        .discriminator = 0x0FFF,
        .passcode = 20202021,
        .salt = span_make(LONGEST, product->salt_length),
        .verifier = span_make(LONGEST, 97),
        .dac = SPAN_OF(LONGEST),
        .dac_public_key = span_make(LONGEST, 65),
        .serial_number = serial_number,
        .manufacturing_date = date,
    };
    if (product->image.dynamic_passcode) {
        unit.passcode = 0;
        unit.verifier = (struct span){0};
    }
    if (product->image.commissioning_left_out) {
        unit.discriminator = 0;
        unit.salt = (struct span){0};
    }
    if (product->rotating_id) {
        unit.rotating_id_unique_id = span_make(LONGEST, 16);
    }
    example_keys(&product->image, LONGEST, &unit);
    take_supplied(supplied, &unit);
    return image_set_check_size(&product->image, &unit, problem);
}

/* Vendor values that are supplied have no length yet, and are checked when they come. */
static status_t check_largest_image(const struct unit_product *product, struct problem *problem)
{
    AUTO(secret_wipe) struct secret memory = {0};
    TRY(secret_new(&memory, sizeof(struct unit_supplied)));
    struct unit_supplied *supplied = unit_supplied_of(&memory);
    supplied->vendor_count = image_vendor_examples(&product->image, supplied->vendor_values);
    return unit_product_check_fit(product, supplied, problem);
}

static status_t check_common_name(const char *pattern, struct problem *problem)
{
    const char *place = strstr(pattern, UNIT_UUID);
    if (place != NULL && strstr(place + 1, UNIT_UUID) == NULL &&
        strlen(pattern) - strlen(UNIT_UUID) + 36 <= UNIT_COMMON_NAME_MAX) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "COMMON_NAME", "dac.common_name",
                       "write " UNIT_UUID " once, and at most 28 characters around it: the name "
                       "has 64, and the UUID is what makes it unique");
}

/* A DAC that nobody gets: its name and validity are judged now. */
static status_t check_dac(const struct unit_product *product, struct problem *problem)
{
    static const struct unit_random zeros = {NULL, draw_zeros};
    static const uint8_t ONE[PKI_SCALAR_SIZE] = {[PKI_SCALAR_SIZE - 1] = 1};
    uint8_t serial[MATTER_SERIAL_SIZE];
    uint8_t point[PKI_POINT_SIZE];
    char common_name[UNIT_COMMON_NAME_MAX + 1];
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, MATTER_CERTIFICATE_MAX);
    TRY(check_common_name(product->dac_common_name, problem));
    TRY(unit_draw_dac_serial(&zeros, serial));
    TRY(unit_draw_common_name(product, &zeros, common_name));
    TRY(pki_plain_key_public(SPAN_OF(ONE), point));
    const struct unit_dac dac = {
        .product = product,
        .common_name = common_name,
        .serial = SPAN_OF(serial),
        .public_key = SPAN_OF(point),
        .not_before = product->pai->certificate.not_before,
    };
    return unit_dac_tbs(&dac, &tbs, problem);
}

static status_t check_class_rules(const struct unit_product *product, enum unit_class product_class,
                                  struct problem *problem)
{
    if (product_class == UNIT_CLASS_TEST) {
        return STATUS_OK;
    }
    if (product->fixed_passcode != 0) {
        return problem_say(problem, STATUS_REFUSED, "FIXED_PASSCODE", "commissioning.passcode",
                           "a fixed passcode is for class test only: write random");
    }
    if (product->fixed_discriminator >= 0) {
        return problem_say(problem, STATUS_REFUSED, "FIXED_DISCRIMINATOR",
                           "commissioning.discriminator",
                           "a fixed discriminator is for class test only: write random");
    }
    return STATUS_OK;
}

status_t unit_product_check(const struct unit_product *product, const struct span *cd_signers,
                            size_t cd_signer_count, enum unit_class *ret_class,
                            struct problem *problem)
{
    enum unit_class product_class = UNIT_CLASS_TEST;
    TRY(check_name(product->name, problem));
    TRY(image_product_check(&product->image, problem));
    TRY(check_cd(product, cd_signers, cd_signer_count, &product_class, problem));
    TRY(check_class_rules(product, product_class, problem));
    TRY(check_dac(product, problem));
    TRY(unit_supplied_check_product(product, problem));
    TRY(check_largest_image(product, problem));
    *ret_class = product_class;
    return STATUS_OK;
}

status_t unit_product_allow_key_file(const struct unit_product *product, struct problem *problem)
{
    if (product->product_class == UNIT_CLASS_TEST) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "PAI_KEY_CLASS", "--pai-key",
                       "the product is of class %s: a PAI key in a file is for class test only; "
                       "use mintmarkd, whose keys are in a token, or give a DAC",
                       unit_product_class_name(product->product_class));
}

status_t unit_product_allow_fixed(const struct unit_product *product, uint32_t units,
                                  const char *option, struct problem *problem)
{
    if (units <= 1 || product->product_class == UNIT_CLASS_TEST) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "FIXED_VALUE", option,
                       "%s for %u units of class %s: all would have the same; leave it out", option,
                       units, unit_product_class_name(product->product_class));
}
