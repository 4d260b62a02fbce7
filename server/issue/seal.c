#include "server/issue/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"

enum {
    FORMAT = 1,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    BOUND_MAX = 512,
    ORDER_ROW = 16, /* beside enum store_part */
};

void issue_seal_keys_wipe(struct issue_seal_keys *keys)
{
    for (int i = 0; i < ISSUE_SEAL_DAYS; i++) {
        secret_wipe(&keys->days[i].key);
        keys->days[i].day[0] = '\0';
    }
}

void issue_seal_day_name(int64_t now_ms, char ret_day[static 11])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm date;
    (void)gmtime_r(&seconds, &date);
    (void)strftime(ret_day, 11, "%Y-%m-%d", &date);
}

static status_t read_salt(const char *path, uint8_t ret_salt[static ISSUE_SEAL_SALT_SIZE])
{
    struct buf content;
    buf_init_secret(&content, ISSUE_SEAL_SALT_SIZE);
    status_t status = file_read(path, &content);
    if (status == STATUS_OK && content.size != ISSUE_SEAL_SALT_SIZE) {
        status = STATUS_DATA_LOSS;
    }
    if (status == STATUS_OK) {
        memcpy(ret_salt, content.data, ISSUE_SEAL_SALT_SIZE);
    }
    buf_done(&content);
    return status;
}

static status_t write_salt(int descriptor)
{
    uint8_t salt[ISSUE_SEAL_SALT_SIZE];
    if (RAND_priv_bytes(salt, sizeof(salt)) != 1) {
        return STATUS_CRYPTO;
    }
    bool written =
        write(descriptor, salt, sizeof(salt)) == (ssize_t)sizeof(salt) && fsync(descriptor) == 0;
    explicit_bzero(salt, sizeof(salt));
    return written ? STATUS_OK : STATUS_IO;
}

/* Workers race for the first unit of a day: whoever gives its nameless file the name first wins,
 * all read that one. A file without a name leaves nothing behind when its process dies. */
static status_t make_salt(const char *folder, const char *path)
{
    char own[32];
    int descriptor = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0400);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    status_t status = write_salt(descriptor);
    (void)snprintf(own, sizeof(own), "/proc/self/fd/%d", descriptor);
    if (status == STATUS_OK && linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0 &&
        errno != EEXIST) {
        status = STATUS_IO;
    }
    (void)close(descriptor);
    return status;
}

static status_t salt_of(const struct issue_environment *environment, const char *day, bool make,
                        uint8_t *ret_salt, struct problem *problem)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", environment->salt_folder, day);
    status_t status = read_salt(path, ret_salt);
    if (status == STATUS_NOT_FOUND && make) {
        status = make_salt(environment->salt_folder, path);
        if (status == STATUS_OK) {
            status = read_salt(path, ret_salt);
        }
    }
    if (status == STATUS_OK && make) {
        /* the name must be durable before anything sealed under it is, whoever made it */
        status = file_sync_folder_of(path);
    }
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_DATA_LOSS, "SALT_GONE", "unit",
                           "the day salt of %s is gone: what was sealed that day is erased", day);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SALT", "",
                           "cannot read or make the day salt %s: %s", path, strerror(errno));
    }
    return STATUS_OK;
}

static struct issue_seal_day *place_for(struct issue_seal_keys *keys, const char *day)
{
    for (int i = 0; i < ISSUE_SEAL_DAYS; i++) {
        if (strcmp(keys->days[i].day, day) == 0) {
            return &keys->days[i];
        }
    }
    struct issue_seal_day *last = &keys->days[ISSUE_SEAL_DAYS - 1];
    secret_wipe(&last->key);
    memmove(&keys->days[1], &keys->days[0], sizeof(keys->days[0]) * (ISSUE_SEAL_DAYS - 1));
    keys->days[0] = (struct issue_seal_day){0};
    return &keys->days[0];
}

static status_t day_key(const struct issue_environment *environment, const char *day, bool make,
                        struct span *ret_key, struct problem *problem)
{
    struct issue_seal_day *place = place_for(environment->seal_keys, day);
    if (place->day[0] == '\0') {
        uint8_t salt[ISSUE_SEAL_SALT_SIZE];
        TRY(salt_of(environment, day, make, salt, problem));
        status_t status =
            environment->derive_key(environment->token, SPAN_OF(salt), &place->key, problem);
        explicit_bzero(salt, sizeof(salt));
        TRY(status);
        memcpy(place->day, day, sizeof(place->day));
    }
    *ret_key = secret_span(&place->key);
    return STATUS_OK;
}

/* What sealed bytes belong to: format, what they are; log, and further parts, each with its length.
 */
static void bind(const struct issue_environment *environment, uint8_t what,
                 const struct span *parts, size_t count, struct buf *ret_bound)
{
    buf_init(ret_bound, BOUND_MAX);
    buf_append_byte(ret_bound, FORMAT);
    buf_append_byte(ret_bound, what);
    buf_append_le16(ret_bound, (uint16_t)strlen(environment->first_origin));
    buf_append_text(ret_bound, environment->first_origin);
    for (size_t i = 0; i < count; i++) {
        buf_append_le16(ret_bound, (uint16_t)parts[i].size);
        buf_append_span(ret_bound, parts[i]);
    }
}

/* Record, order, unit. */
static void bind_unit(const struct issue_environment *environment, const struct store_unit *unit,
                      enum store_part part, struct buf *ret_bound)
{
    const struct span parts[] = {SPAN_OF(unit->record_id), span_text(unit->order),
                                 span_text(unit->unit_id)};
    bind(environment, (uint8_t)part, parts, sizeof(parts) / sizeof(parts[0]), ret_bound);
}

/* Order, upload, number. */
static void bind_row(const struct issue_environment *environment, const struct store_data_row *row,
                     struct buf *ret_bound)
{
    uint8_t number[4];
    write_le32(number, row->number);
    const struct span parts[] = {span_text(row->order), SPAN_OF(row->upload), SPAN_OF(number)};
    bind(environment, ORDER_ROW, parts, sizeof(parts) / sizeof(parts[0]), ret_bound);
}

static bool gcm_seal(struct span key, struct span bound, struct span plain, uint8_t *sealed)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0;
    uint8_t *nonce = sealed + 1;
    uint8_t *text = nonce + NONCE_SIZE;
    bool done =
        context != NULL &&
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key.data, nonce) == 1 &&
        EVP_EncryptUpdate(context, NULL, &size, bound.data, (int)bound.size) == 1 &&
        EVP_EncryptUpdate(context, text, &size, plain.data, (int)plain.size) == 1 &&
        EVP_EncryptFinal_ex(context, text + size, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, text + plain.size) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

static bool gcm_open(struct span key, struct span bound, struct span sealed, uint8_t *ret_plain)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0;
    const uint8_t *nonce = sealed.data + 1;
    const uint8_t *text = nonce + NONCE_SIZE;
    int text_size = (int)(sealed.size - ISSUE_SEAL_OVERHEAD);
    uint8_t tag[TAG_SIZE];
    memcpy(tag, text + text_size, TAG_SIZE);
    bool done = context != NULL &&
                EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key.data, nonce) == 1 &&
                EVP_DecryptUpdate(context, NULL, &size, bound.data, (int)bound.size) == 1 &&
                EVP_DecryptUpdate(context, ret_plain, &size, text, text_size) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
                EVP_DecryptFinal_ex(context, ret_plain + size, &size) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

static status_t seal(struct span key, const struct buf *bound, struct span plain,
                     struct buf *ret_sealed)
{
    buf_init(ret_sealed, STORE_BLOB_MAX);
    TRY(buf_status(bound));
    uint8_t *sealed = buf_extend(ret_sealed, plain.size + ISSUE_SEAL_OVERHEAD);
    TRY(buf_status(ret_sealed));
    sealed[0] = FORMAT;
    return RAND_bytes(sealed + 1, NONCE_SIZE) == 1 && gcm_seal(key, buf_span(bound), plain, sealed)
               ? STATUS_OK
               : STATUS_CRYPTO;
}

static status_t seal_part(const struct issue_environment *environment, struct span key,
                          enum store_part part, struct span plain, struct store_unit *unit)
{
    AUTO(buf_done) struct buf bound;
    bind_unit(environment, unit, part, &bound);
    return seal(key, &bound, plain, &unit->sealed[part]);
}

status_t issue_seal(const struct issue_environment *environment, struct span device,
                    struct span codes, struct store_unit *unit, struct problem *problem)
{
    struct span key;
    issue_seal_day_name(environment->now_ms(), unit->seal_day);
    TRY(day_key(environment, unit->seal_day, true, &key, problem));
    TRY(seal_part(environment, key, STORE_PART_DEVICE, device, unit));
    return seal_part(environment, key, STORE_PART_CODES, codes, unit);
}

static status_t erased(const struct store_unit *unit, enum store_part part, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "ERASED", "unit",
                       part == STORE_PART_DEVICE
                           ? "the secrets of unit %s were erased, its time at a station is over: "
                             "report it scrapped and take another board"
                           : "the onboarding codes of unit %s were erased when its order was "
                             "history: see the label",
                       unit->unit_id);
}

static status_t open_sealed(struct span key, const struct buf *bound, struct span sealed,
                            struct secret *ret_plain, struct problem *problem)
{
    AUTO(secret_wipe) struct secret plain = {0};
    TRY(buf_status(bound));
    if (sealed.size > ISSUE_SEAL_OVERHEAD && sealed.data[0] == FORMAT) {
        TRY(secret_new(&plain, sealed.size - ISSUE_SEAL_OVERHEAD));
    }
    if (plain.data == NULL || !gcm_open(key, buf_span(bound), sealed, plain.data)) {
        return problem_say(problem, STATUS_DATA_LOSS, "SEAL_BROKEN", "unit",
                           "the sealed secrets of this unit do not open: wrong token, or changed");
    }
    *ret_plain = plain;
    plain = (struct secret){0};
    return STATUS_OK;
}

status_t issue_seal_open(const struct issue_environment *environment, const struct store_unit *unit,
                         enum store_part part, struct secret *ret_plain, struct problem *problem)
{
    struct span sealed = buf_span(&unit->sealed[part]);
    struct span key;
    AUTO(buf_done) struct buf bound = {0};
    if (sealed.size == 0) {
        return erased(unit, part, problem);
    }
    TRY(day_key(environment, unit->seal_day, false, &key, problem));
    bind_unit(environment, unit, part, &bound);
    return open_sealed(key, &bound, sealed, ret_plain, problem);
}

status_t issue_seal_row(const struct issue_environment *environment, struct span plain,
                        struct store_data_row *row, struct problem *problem)
{
    struct span key;
    AUTO(buf_done) struct buf bound = {0};
    issue_seal_day_name(environment->now_ms(), row->seal_day);
    TRY(day_key(environment, row->seal_day, true, &key, problem));
    bind_row(environment, row, &bound);
    return seal(key, &bound, plain, &row->sealed);
}

status_t issue_seal_open_row(const struct issue_environment *environment,
                             const struct store_data_row *row, struct secret *ret_plain,
                             struct problem *problem)
{
    struct span key;
    AUTO(buf_done) struct buf bound = {0};
    TRY(day_key(environment, row->seal_day, false, &key, problem));
    bind_row(environment, row, &bound);
    return open_sealed(key, &bound, buf_span(&row->sealed), ret_plain, problem);
}

/* Mode 0400 keeps the owner from writing by mistake; this is meant. */
static status_t overwrite(const char *path)
{
    static const uint8_t ZEROS[ISSUE_SEAL_SALT_SIZE];
    int descriptor = chmod(path, 0600) == 0 ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (descriptor < 0) {
        return STATUS_IO;
    }
    bool written =
        write(descriptor, ZEROS, sizeof(ZEROS)) == (ssize_t)sizeof(ZEROS) && fsync(descriptor) == 0;
    (void)close(descriptor);
    return written ? STATUS_OK : STATUS_IO;
}

status_t issue_seal_destroy(const struct issue_environment *environment, const char *day,
                            struct problem *problem)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", environment->salt_folder, day);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return STATUS_OK;
    }
    if (overwrite(path) != STATUS_OK || unlink(path) != 0 ||
        file_sync_folder_of(path) != STATUS_OK) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SALT", "", "cannot destroy %s: %s", path,
                           strerror(errno));
    }
    return STATUS_OK;
}
