#include "lib/securecert/unit.h"

#include "lib/securecert/check.h"
#include "lib/securecert/key.h"
#include "lib/securecert/writer.h"

static status_t add(struct securecert_writer *writer, enum securecert_type type, uint8_t subtype,
                    struct span value, struct problem *problem)
{
    const struct securecert_entry entry = {
        .type = (uint8_t)type, .subtype = subtype, .value = value};
    return securecert_writer_add(writer, &entry, problem);
}

/* ---- private key ---- */

static status_t add_plaintext_key(const struct securecert_unit *unit,
                                  struct securecert_writer *writer, struct problem *problem)
{
    AUTO(buf_done) struct buf value;
    buf_init_secret(&value, SECURECERT_SEC1_SIZE);
    TRY(securecert_key_encode(unit->scalar, &value, problem));
    return add(writer, SECURECERT_PRIV_KEY, 0, buf_span(&value), problem);
}

/* An entry without a value: its flags say where the key is. */
static status_t add_marker(struct securecert_writer *writer, enum securecert_flags flags,
                           struct problem *problem)
{
    const struct securecert_entry entry = {.type = SECURECERT_PRIV_KEY, .flags = (uint8_t)flags};
    return securecert_writer_add(writer, &entry, problem);
}

/* SPEC.md §3.2. */
static status_t add_efuse_key(const struct securecert_unit *unit, struct securecert_writer *writer,
                              struct problem *problem)
{
    uint8_t configuration[SECURECERT_SEC_CFG_SIZE] = {0};
    if (unit->efuse_key >= SECURECERT_EFUSE_KEYS) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_EFUSE_KEY", "efuse-key",
                           "eFuse keys are BLOCK_KEY0 to BLOCK_KEY5");
    }
    configuration[0] = (uint8_t)(SECURECERT_EFUSE_BLOCK_KEY0 + unit->efuse_key);
    TRY(add(writer, SECURECERT_SEC_CFG, 0, SPAN_OF(configuration), problem));
    return add_marker(writer, SECURECERT_KEY_IN_EFUSE, problem);
}

/* SPEC.md §3.3. */
static status_t add_derived_key(const struct securecert_unit *unit,
                                struct securecert_writer *writer, struct problem *problem)
{
    TRY(add(writer, SECURECERT_HMAC_SALT, 0, unit->hmac_salt, problem));
    return add_marker(writer, SECURECERT_KEY_FROM_HMAC, problem);
}

static status_t add_key(const struct securecert_unit *unit, struct securecert_writer *writer,
                        struct problem *problem)
{
    switch (unit->key_mode) {
    case SECURECERT_KEY_PLAINTEXT:
        return add_plaintext_key(unit, writer, problem);
    case SECURECERT_KEY_PERIPHERAL:
        return add_efuse_key(unit, writer, problem);
    case SECURECERT_KEY_DERIVED:
        return add_derived_key(unit, writer, problem);
    case SECURECERT_KEY_NONE:
    default:
        return STATUS_OK;
    }
}

static status_t add_identity(const struct securecert_unit *unit, struct securecert_writer *writer,
                             struct problem *problem)
{
    if (unit->dac.size > 0) {
        TRY(add(writer, SECURECERT_DEV_CERT, 0, unit->dac, problem));
    }
    if (unit->pai.size > 0) {
        TRY(add(writer, SECURECERT_CA_CERT, 0, unit->pai, problem));
    }
    return add_key(unit, writer, problem);
}

/* ---- commissioning data, SPEC.md §3.4 ---- */

static status_t add_matter(struct securecert_writer *writer, enum securecert_matter subtype,
                           struct span value, struct problem *problem)
{
    return add(writer, SECURECERT_MATTER_1, (uint8_t)subtype, value, problem);
}

static status_t add_commissioning(const struct securecert_unit *unit,
                                  struct securecert_writer *writer, struct problem *problem)
{
    uint8_t number[4];
    if (unit->has_discriminator) {
        write_le16(number, unit->discriminator);
        TRY(add_matter(writer, SECURECERT_DISCRIMINATOR, span_make(number, 2), problem));
    }
    if (unit->verifier.size > 0) {
        write_le32(number, unit->iterations);
        TRY(add_matter(writer, SECURECERT_VERIFIER, unit->verifier, problem));
        TRY(add_matter(writer, SECURECERT_SALT, unit->salt, problem));
        TRY(add_matter(writer, SECURECERT_ITERATIONS, SPAN_OF(number), problem));
    }
    if (unit->rotating_id.size > 0) {
        TRY(add_matter(writer, SECURECERT_ROTATING_ID, unit->rotating_id, problem));
    }
    return STATUS_OK;
}

/* ---- the whole ---- */

static status_t check_any(const struct securecert_unit *unit, struct problem *problem)
{
    bool any = unit->key_mode != SECURECERT_KEY_NONE || unit->dac.size > 0 || unit->pai.size > 0 ||
               unit->has_discriminator || unit->verifier.size > 0 || unit->rotating_id.size > 0;
    return any ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "SECURECERT_NOTHING", "",
                             "there is nothing to put in: give a DAC with its PAI and key, or "
                             "commissioning data");
}

static status_t write_entries(const struct securecert_unit *unit, struct buf *ret_image,
                              struct problem *problem)
{
    AUTO(securecert_writer_free) struct securecert_writer *writer = NULL;
    TRY(securecert_writer_new(unit->size, &writer, problem));
    TRY(add_identity(unit, writer, problem));
    TRY(add_commissioning(unit, writer, problem));
    if (unit->integrity) {
        TRY(securecert_writer_integrity(writer, problem));
    }
    return securecert_writer_finish(writer, ret_image);
}

status_t securecert_unit_write(const struct securecert_unit *unit, struct buf *ret_image,
                               struct problem *problem)
{
    AUTO(buf_done) struct buf image;
    buf_init_secret(&image, SECURECERT_PARTITION_MAX);
    TRY(check_any(unit, problem));
    TRY(write_entries(unit, &image, problem));
    AUTO(securecert_check_done)
    struct securecert_check check = {.image = buf_span(&image), .hmac_key = unit->hmac_key};
    TRY(securecert_check_run(&check, problem));
    buf_append_span(ret_image, buf_span(&image));
    return buf_status(ret_image);
}
