#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "client/image_build_lists.h"
#include "client/unit_folder.h"
#include "lib/base/digest.h"

enum {
    DRAWS_MAX = 100, /* for a value that no unit of the batch has: more mean a pattern used up */
    PROGRESS_EVERY = 10,
};

/* ---- what is taken ---- */

/* A set of texts, as the first eight bytes of their digests: one taken for another is drawn again.
 * Of codes these bytes are a secret. */
struct taken {
    struct buf bytes; /* places of eight bytes, 0 when free */
    size_t places;    /* a power of two, at least twice as many as texts */
};

static void taken_done(struct taken *taken)
{
    buf_done(&taken->bytes);
}

static status_t taken_init(struct taken *taken, uint32_t texts)
{
    taken->places = 2;
    while (taken->places < 2 * (size_t)texts) {
        taken->places *= 2;
    }
    buf_init_secret(&taken->bytes, taken->places * sizeof(uint64_t));
    buf_append_fill(&taken->bytes, 0, taken->places * sizeof(uint64_t));
    return buf_status(&taken->bytes);
}

/* The place of the text: free, or with it. */
static uint8_t *taken_find(struct taken *taken, const char *text, uint64_t *ret_key)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(span_text(text), digest);
    *ret_key = read_le64(digest) | 1; /* never 0 */
    for (size_t i = (size_t)*ret_key;; i++) {
        uint8_t *place = taken->bytes.data + (i & (taken->places - 1)) * sizeof(uint64_t);
        uint64_t key = read_le64(place);
        if (key == 0 || key == *ret_key) {
            return place;
        }
    }
}

static bool taken_has(struct taken *taken, const char *text)
{
    uint64_t key;
    return read_le64(taken_find(taken, text, &key)) == key;
}

static void taken_add(struct taken *taken, const char *text)
{
    uint64_t key;
    uint8_t *place = taken_find(taken, text, &key);
    write_le64(place, key);
}

/* ---- units ---- */

struct batch {
    const struct image_build_inputs *inputs;
    const char *folder;
    bool codes_differ;      /* unless both of their parts are fixed, or there are none */
    struct secret supplied; /* struct unit_supplied, of the unit being made */
    struct taken serial_numbers;
    struct taken codes;
    struct image_build_lists lists;
};

static void batch_done(struct batch *batch)
{
    secret_wipe(&batch->supplied);
    taken_done(&batch->serial_numbers);
    taken_done(&batch->codes);
    image_build_lists_done(&batch->lists);
}
OWN_VALUE(struct batch, batch_done)

static bool is_taken(struct batch *batch, const struct image_build_unit *unit)
{
    return taken_has(&batch->serial_numbers, unit->serial_number) ||
           (batch->codes_differ && taken_has(&batch->codes, unit->qr_code));
}

static status_t draw(struct batch *batch, uint32_t number, struct image_build_unit *unit,
                     struct problem *problem)
{
    struct unit_supplied *supplied = unit_supplied_of(&batch->supplied);
    TRY(image_build_sheet_next(batch->inputs, supplied, problem));
    for (int i = 0; i < DRAWS_MAX; i++) {
        unit->number = number;
        unit->hardware_id = image_build_mac(batch->inputs, number);
        TRY(image_build_unit_draw(batch->inputs, supplied, unit, problem));
        if (!is_taken(batch, unit)) {
            taken_add(&batch->serial_numbers, unit->serial_number);
            taken_add(&batch->codes, unit->qr_code);
            return STATUS_OK;
        }
        image_build_unit_done(unit);
    }
    return problem_say(problem, STATUS_EXHAUSTED, "VALUES_EXHAUSTED", "serial_number",
                       "no serial number or code is left that no other unit of this batch has: "
                       "give the pattern more random characters, or make a smaller batch");
}

static status_t make_one(struct batch *batch, uint32_t number, struct problem *problem)
{
    AUTO(image_build_unit_done) struct image_build_unit unit = {0};
    char name[sizeof("unit-000000")];
    char path[PATH_MAX];
    TRY(draw(batch, number, &unit, problem));
    TRY(image_build_unit_make(batch->inputs, &unit, problem));
    (void)snprintf(name, sizeof(name), "unit-%06u", number % 1000000);
    if (snprintf(path, sizeof(path), "%s/%s", batch->folder, name) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "--output", "a path is too long");
    }
    const struct image_build_place place = {number, name, unit.hardware_id};
    const struct unit_folder_more more = {place.hardware_id, batch->inputs->firmware};
    TRY(unit_folder_write(path, &unit.check, &more, problem));
    return image_build_lists_add(&batch->lists, &place, &unit, problem);
}

/* For prototypes: both in the product, or all the same in a table. */
static bool are_fixed(const struct unit_product *product)
{
    bool supplied = product->wants.passcode && product->wants.discriminator;
    return (product->fixed_passcode != 0 && product->fixed_discriminator >= 0) ||
           (supplied && product->product_class == UNIT_CLASS_TEST);
}

/* For a person who waits; a script that collects standard error has no use for it. */
static void show_progress(uint32_t done, uint32_t count)
{
    if (isatty(STDERR_FILENO) && (done % PROGRESS_EVERY == 0 || done == count)) {
        (void)fprintf(stderr, "\r%u of %u units%s", done, count, done == count ? "\n" : "");
    }
}

status_t image_build_batch(const struct image_build_inputs *inputs, const char *folder,
                           struct problem *problem)
{
    const struct unit_product *product = &inputs->product;
    AUTO(batch_done)
    struct batch batch = {
        .inputs = inputs,
        .folder = folder,
        .codes_differ = !product->image.dynamic_passcode && !are_fixed(product),
    };
    TRY(secret_new(&batch.supplied, sizeof(struct unit_supplied)));
    TRY(taken_init(&batch.serial_numbers, inputs->count));
    TRY(taken_init(&batch.codes, inputs->count));
    image_build_lists_init(&batch.lists, inputs);
    for (uint32_t i = 1; i <= inputs->count; i++) {
        TRY(make_one(&batch, i, problem));
        show_progress(i, inputs->count);
    }
    return image_build_lists_write(&batch.lists, folder, problem);
}
