#include "lib/image/secure_cert.h"

#include "lib/securecert/reader.h"
#include "lib/securecert/unit.h"

static enum securecert_key_mode key_mode(enum image_dac_key key)
{
    switch (key) {
    case IMAGE_DAC_KEY_SECURE_CERT:
        return SECURECERT_KEY_PLAINTEXT;
    case IMAGE_DAC_KEY_PERIPHERAL:
        return SECURECERT_KEY_PERIPHERAL;
    case IMAGE_DAC_KEY_DERIVED:
        return SECURECERT_KEY_DERIVED;
    case IMAGE_DAC_KEY_FACTORY:
    case IMAGE_DAC_KEY_DEVICE:
        break;
    }
    return SECURECERT_KEY_NONE;
}

static void add_identity(const struct image_product *product, const struct image_unit *unit,
                         struct securecert_unit *content)
{
    content->key_mode = key_mode(product->dac_key);
    if (content->key_mode == SECURECERT_KEY_NONE) {
        return;
    }
    content->dac = unit->dac;
    content->pai = product->pai;
    if (content->key_mode == SECURECERT_KEY_PLAINTEXT) {
        content->scalar = unit->dac_key; /* in the other modes the writer does not even see it */
    }
    content->efuse_key = product->dac_key_block;
    content->hmac_salt = unit->dac_hmac_salt;
    content->hmac_key = unit->dac_hmac_key;
}

static void add_commissioning(const struct image_product *product, const struct image_unit *unit,
                              struct securecert_unit *content)
{
    if (!product->commissioning_in_secure_cert) {
        return;
    }
    content->has_discriminator = true;
    content->discriminator = unit->discriminator;
    content->verifier = unit->verifier;
    content->salt = unit->salt;
    content->iterations = image_iterations(product, unit);
    content->rotating_id = unit->rotating_id_unique_id;
}

static bool holds(const struct securecert_reader *reader, uint8_t type, uint8_t subtype,
                  struct span value)
{
    const struct securecert_entry *entry = securecert_reader_find(reader, type, subtype);
    return value.size == 0 ? entry == NULL
                           : entry != NULL && span_equal_secret(entry->value, value);
}

/* The writer has checked that the partition is sound; this, that it says what it was given. */
static status_t compare(const struct securecert_unit *content, struct span image,
                        struct problem *problem)
{
    uint8_t discriminator[2], iterations[4];
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    TRY(securecert_reader_new(image, &reader, problem));
    write_le16(discriminator, content->discriminator);
    write_le32(iterations, content->iterations);
    size_t number_size = content->has_discriminator ? sizeof(discriminator) : 0;
    size_t count_size = content->verifier.size > 0 ? sizeof(iterations) : 0;
    bool same = holds(reader, SECURECERT_DEV_CERT, 0, content->dac) &&
                holds(reader, SECURECERT_CA_CERT, 0, content->pai) &&
                holds(reader, SECURECERT_MATTER_1, SECURECERT_DISCRIMINATOR,
                      span_make(discriminator, number_size)) &&
                holds(reader, SECURECERT_MATTER_1, SECURECERT_VERIFIER, content->verifier) &&
                holds(reader, SECURECERT_MATTER_1, SECURECERT_SALT, content->salt) &&
                holds(reader, SECURECERT_MATTER_1, SECURECERT_ITERATIONS,
                      span_make(iterations, count_size)) &&
                holds(reader, SECURECERT_MATTER_1, SECURECERT_ROTATING_ID, content->rotating_id);
    return same ? STATUS_OK
                : problem_say(problem, STATUS_INTERNAL, "IMAGE_READ_BACK", "",
                              "a value is not read back from the partition just written: report "
                              "this");
}

status_t image_secure_cert_write(const struct image_product *product, const struct image_unit *unit,
                                 struct buf *ret_image, struct problem *problem)
{
    struct securecert_unit content = {.size = product->secure_cert.size, .integrity = true};
    add_identity(product, unit, &content);
    add_commissioning(product, unit, &content);
    TRY(securecert_unit_write(&content, ret_image, problem));
    return compare(&content, buf_span(ret_image), problem);
}
