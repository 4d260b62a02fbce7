#include "server/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "server/store/change.h"
#include "server/store/sqlite.h"

/* In order. */
static const char *const SCHEMA[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    "CREATE TABLE product (name TEXT NOT NULL, revision INTEGER NOT NULL, content BLOB NOT NULL,"
    " digest BLOB NOT NULL, created_ms INTEGER NOT NULL, product_class INTEGER NOT NULL,"
    " change_id BLOB NOT NULL, PRIMARY KEY (name, revision))"
    " STRICT, WITHOUT ROWID;",
    "CREATE TABLE work_order (id TEXT PRIMARY KEY, product TEXT NOT NULL,"
    " product_revision INTEGER NOT NULL, state INTEGER NOT NULL, quantity INTEGER NOT NULL,"
    " identities_limit INTEGER NOT NULL, lines TEXT NOT NULL, window_from INTEGER NOT NULL,"
    " window_to INTEGER NOT NULL, dac_not_before INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " counted INTEGER NOT NULL DEFAULT 0 CHECK (counted <= identities_limit),"
    " issued INTEGER NOT NULL DEFAULT 0, flashed INTEGER NOT NULL DEFAULT 0 CHECK (flashed >= 0),"
    " scrapped INTEGER NOT NULL DEFAULT 0 CHECK (scrapped >= 0),"
    " superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded >= 0),"
    " voided INTEGER NOT NULL DEFAULT 0 CHECK (voided >= 0),"
    /* units whose onboarding codes are sealed yet, and the row up to which they are erased */
    " codes INTEGER NOT NULL DEFAULT 0 CHECK (codes >= 0), codes_row INTEGER NOT NULL DEFAULT 0,"
    " closed_ms INTEGER NOT NULL DEFAULT 0, data_rows INTEGER NOT NULL DEFAULT 0,"
    " data_used INTEGER NOT NULL DEFAULT 0,"
    " data_left INTEGER NOT NULL DEFAULT 0 CHECK (data_left >= 0),"
    /* bytes of its rows that nobody has signed for */
    " data_staged INTEGER NOT NULL DEFAULT 0 CHECK (data_staged >= 0),"
    " CHECK (data_used + data_left <= data_rows),"
    " CHECK (issued + voided <= counted), CHECK (flashed + scrapped + superseded <= issued))"
    " STRICT;",
    "CREATE INDEX order_codes ON work_order (closed_ms) WHERE closed_ms > 0 AND codes > 0;",
    "CREATE TABLE unit (id INTEGER PRIMARY KEY, record_id BLOB NOT NULL,"
    " work_order TEXT NOT NULL, unit_id TEXT NOT NULL, chain_sha256 BLOB NOT NULL,"
    " hardware_id TEXT NOT NULL, key_source INTEGER NOT NULL, state INTEGER NOT NULL,"
    " live INTEGER NOT NULL DEFAULT 1, attempts INTEGER NOT NULL DEFAULT 0,"
    " code_reads INTEGER NOT NULL DEFAULT 0,"
    " station TEXT NOT NULL, line TEXT NOT NULL, product TEXT NOT NULL, product_revision INTEGER "
    "NOT NULL,"
    " image_revision INTEGER NOT NULL, vendor_id INTEGER NOT NULL, serial_number TEXT NOT NULL,"
    " dac_serial BLOB NOT NULL UNIQUE, public_key BLOB NOT NULL UNIQUE, seal_day TEXT NOT NULL,"
    " tbs BLOB NOT NULL, certificate BLOB, set_digest BLOB, deliveries INTEGER NOT NULL DEFAULT 0,"
    " created_ms INTEGER NOT NULL, issued_ms INTEGER, reported_ms INTEGER,"
    " revoked INTEGER NOT NULL DEFAULT 0) STRICT;",
    /* at most one live identity per unit, over all orders (`live` is apart from `state` so that
     * recording a unit rewrites no index); serial numbers unique for ever */
    "CREATE UNIQUE INDEX unit_live ON unit (unit_id) WHERE live = 1;",
    "CREATE UNIQUE INDEX unit_hardware ON unit (hardware_id)"
    " WHERE live = 1 AND hardware_id <> '';",
    "CREATE UNIQUE INDEX unit_serial_number ON unit (serial_number, vendor_id)"
    " WHERE serial_number <> '';",
    "CREATE INDEX unit_order ON unit (work_order);",
    /* rows of order data: staged until a change imports them, then free until a unit takes them.
     * What is taken stays, so that it is known whose it was. Their values stand apart, sealed, as
     * long as no unit has taken them: an import does not write them again */
    "CREATE TABLE order_row (id INTEGER PRIMARY KEY, work_order TEXT NOT NULL,"
    " upload BLOB NOT NULL, number INTEGER NOT NULL, change_id BLOB, unit_id TEXT NOT NULL,"
    " hardware_id TEXT NOT NULL, serial_number TEXT NOT NULL, vendor_id INTEGER NOT NULL,"
    " public_key BLOB, sha256 BLOB NOT NULL, seal_day TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " staged_ms INTEGER NOT NULL, taken_by INTEGER, UNIQUE (work_order, upload, number)) STRICT;",
    "CREATE TABLE order_sealed (row INTEGER PRIMARY KEY REFERENCES order_row (id)"
    " ON DELETE CASCADE, sealed BLOB NOT NULL) STRICT;",
    "CREATE INDEX row_staged ON order_row (staged_ms) WHERE change_id IS NULL;",
    "CREATE INDEX row_upload ON order_row (work_order, upload, number) WHERE change_id IS NULL;",
    "CREATE UNIQUE INDEX row_serial_number ON order_row (serial_number, vendor_id)"
    " WHERE change_id IS NOT NULL AND serial_number <> '';",
    "CREATE UNIQUE INDEX row_public_key ON order_row (public_key)"
    " WHERE change_id IS NOT NULL AND public_key IS NOT NULL;",
    "CREATE UNIQUE INDEX row_unit ON order_row (work_order, unit_id)"
    " WHERE change_id IS NOT NULL AND taken_by IS NULL AND unit_id <> '';",
    "CREATE UNIQUE INDEX row_hardware ON order_row (work_order, hardware_id)"
    " WHERE change_id IS NOT NULL AND taken_by IS NULL AND hardware_id <> '';",
    "CREATE INDEX row_next ON order_row (work_order, id) WHERE change_id IS NOT NULL"
    " AND taken_by IS NULL AND unit_id = '' AND hardware_id = '';",
    "CREATE INDEX row_free ON order_row (work_order, seal_day) WHERE change_id IS NOT NULL"
    " AND taken_by IS NULL;",
    "CREATE INDEX order_staged ON work_order (data_staged) WHERE data_staged > 0;",
    "CREATE INDEX order_data ON work_order (closed_ms) WHERE closed_ms > 0 AND data_left > 0;",
    /* sealed, NULL when erased; a row goes with its last part. since_ms: the last delivery */
    "CREATE TABLE secret (unit INTEGER PRIMARY KEY, device BLOB, codes BLOB,"
    " since_ms INTEGER NOT NULL) STRICT;",
    "CREATE INDEX secret_since ON secret (since_ms) WHERE device IS NOT NULL;",
    /* the last number that serial numbers of a vendor's pattern took */
    "CREATE TABLE counter (vendor_id INTEGER NOT NULL, pattern TEXT NOT NULL,"
    " taken INTEGER NOT NULL, PRIMARY KEY (vendor_id, pattern)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE seal_day (day TEXT PRIMARY KEY, secrets INTEGER NOT NULL CHECK (secrets >= 0))"
    " STRICT, WITHOUT ROWID;",
    /* units reserved or issued, not yet reported; by the station that reserved them */
    "CREATE TABLE station_open (station TEXT PRIMARY KEY, open INTEGER NOT NULL CHECK (open >= 0))"
    " STRICT, WITHOUT ROWID;",
    /* stations that had a unit before it was released: who revokes what a station had means these
     * too */
    "CREATE TABLE held (unit INTEGER NOT NULL, station TEXT NOT NULL, PRIMARY KEY (unit, station))"
    " STRICT, WITHOUT ROWID;",
    "CREATE TABLE report (unit INTEGER NOT NULL, number INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " station TEXT NOT NULL, slot TEXT NOT NULL, phase TEXT NOT NULL, code TEXT NOT NULL,"
    " attempt_id TEXT NOT NULL, time_ms INTEGER NOT NULL, PRIMARY KEY (unit, number))"
    " STRICT, WITHOUT ROWID;",
    "CREATE TABLE leaf (sequence INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " content BLOB NOT NULL) STRICT;",
    /* which leaves are about an identity; found again from the leaves themselves */
    "CREATE TABLE trace (record_id BLOB NOT NULL, sequence INTEGER NOT NULL,"
    " PRIMARY KEY (record_id, sequence)) STRICT, WITHOUT ROWID;",
    /* nodes of level 1 and up; those of level 0 are the leaves' hashes */
    "CREATE TABLE node (level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,"
    " PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE tree (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL) STRICT;",
    "INSERT INTO tree (id, size) VALUES (1, 0);",
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT;",
    "CREATE TABLE identity (id TEXT PRIMARY KEY, role INTEGER NOT NULL, line TEXT NOT NULL,"
    " blocked INTEGER NOT NULL, spki BLOB NOT NULL, not_after INTEGER NOT NULL,"
    " enrolled_ms INTEGER NOT NULL, change_id BLOB NOT NULL, certificate BLOB NOT NULL,"
    " tbs BLOB)"
    " STRICT, WITHOUT ROWID;",
    "CREATE TABLE change (id BLOB PRIMARY KEY, number INTEGER NOT NULL UNIQUE, kind TEXT NOT NULL,"
    " subject TEXT NOT NULL, person TEXT NOT NULL, state INTEGER NOT NULL,"
    " needs_second INTEGER NOT NULL, reason TEXT NOT NULL, product_class INTEGER NOT NULL,"
    " content BLOB NOT NULL, previous BLOB NOT NULL, statement TEXT NOT NULL, signature BLOB NOT "
    "NULL,"
    " approval_statement TEXT, approval_signature BLOB, proposed_ms INTEGER NOT NULL,"
    " expires INTEGER NOT NULL) STRICT;",
    "CREATE INDEX change_waiting ON change (subject) WHERE state = 3;",
    "CREATE INDEX change_expires ON change (expires) WHERE state = 3;",
    "CREATE INDEX change_person ON change (person) WHERE state = 3;",
    /* statements that were heard and came to nothing, until they expire */
    "CREATE TABLE spent (id BLOB PRIMARY KEY, person TEXT NOT NULL, expires INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;",
    "CREATE INDEX spent_expires ON spent (expires);",
    "CREATE INDEX spent_person ON spent (person, expires);",
    /* what leaves name by digest and an auditor must have: certificates, contents of changes */
    "CREATE TABLE content (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;",
    "CREATE INDEX unit_created ON unit (created_ms);", /* revocation by time */
    /* reserved for a device's own key: without secrets, whose age would tell when they are void */
    "CREATE INDEX unit_request ON unit (created_ms) WHERE state = 1 AND key_source = 2;",
    "CREATE TABLE revocation (issuer BLOB NOT NULL, dac_serial BLOB NOT NULL,"
    " reason INTEGER NOT NULL, time INTEGER NOT NULL, change_id BLOB NOT NULL,"
    " PRIMARY KEY (issuer, dac_serial)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE crl (issuer BLOB NOT NULL, number INTEGER NOT NULL, this_update INTEGER NOT NULL,"
    " next_update INTEGER NOT NULL, revocations INTEGER NOT NULL, tbs BLOB NOT NULL,"
    " signature BLOB, PRIMARY KEY (issuer, number)) STRICT;",
    "INSERT INTO meta (key, value) VALUES ('schema_version', '7');",
};

static status_t open_files(struct store *store, const char *folder, int create,
                           struct problem *problem)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/mintmark.lock", folder);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0) {
        return problem_say(problem, STATUS_UNAVAILABLE, "STORE", "state_directory",
                           "cannot open %s: make the folder writable for the service", path);
    }
    (void)snprintf(path, sizeof(path), "%s/mintmark.db", folder);
    mode_t mask = umask(077);
    int code = sqlite3_open_v2(
        path, &store->database,
        create | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    (void)umask(mask);
    if (code != SQLITE_OK) {
        return problem_say(problem, STATUS_UNAVAILABLE, "STORE", "state_directory",
                           "cannot open %s: %s", path, sqlite3_errmsg(store->database));
    }
    return STATUS_OK;
}

static status_t set_up(struct store *store, struct problem *problem)
{
    (void)sqlite3_busy_timeout(store->database, STORE_LOCK_WAIT_MS);
    int code = sqlite3_exec(store->database,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;"
                            "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -2048;"
                            /* 16 MiB, four times what a checkpoint begins at: a log that a long
                             * reader has let grow is cut to this, one in daily use never */
                            "PRAGMA journal_size_limit = 16777216;",
                            NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        return problem_say(
            problem, (code & 0xFF) == SQLITE_NOTADB ? STATUS_DATA_LOSS : STATUS_UNAVAILABLE,
            "STORE", "state_directory", "the database: %s", sqlite3_errmsg(store->database));
    }
    return STATUS_OK;
}

static bool has_schema(struct store *store)
{
    return sqlite3_table_column_metadata(store->database, NULL, "meta", "key", NULL, NULL, NULL,
                                         NULL, NULL) == SQLITE_OK;
}

static status_t check_version(struct store *store, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_META_GET);
    sqlite_bind_text(statement, 1, "schema_version");
    char version[12];
    TRY(sqlite_row(store, statement));
    status_t status = sqlite_column_text_into(statement, 0, version, sizeof(version));
    sqlite_end(statement);
    TRY(status);
    if (strtol(version, NULL, 10) != STORE_SCHEMA_VERSION) {
        return problem_say(
            problem, STATUS_REFUSED, "STORE_VERSION", "state_directory",
            "the database has schema %s, this program needs %d: use the program that "
            "made it",
            version, STORE_SCHEMA_VERSION);
    }
    return STATUS_OK;
}

static status_t missing(const char *folder, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "STORE_MISSING", "state_directory",
                       "there is no store in %s: make it with mintmarkd --init, see --help",
                       folder);
}

status_t sqlite_check_schema(struct store *store, const char *where, struct problem *problem)
{
    return has_schema(store) ? check_version(store, problem)
                             : missing(where, problem); /* its making was cut off */
}

/* The database with its settings; `create` is SQLITE_OPEN_CREATE or 0. */
static status_t open_database(const char *folder, int create, struct store **ret_store,
                              struct problem *problem)
{
    AUTO(store_close) struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return STATUS_NO_MEMORY;
    }
    store->lock = -1;
    TRY(open_files(store, folder, create, problem));
    TRY(set_up(store, problem));
    *ret_store = TAKE(store);
    return STATUS_OK;
}

status_t store_open(const char *folder, struct store **ret_store, struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/mintmark.db", folder);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return missing(folder, problem);
    }
    TRY(open_database(folder, 0, &store, problem));
    TRY(sqlite_check_schema(store, folder, problem));
    *ret_store = TAKE(store);
    return STATUS_OK;
}

static status_t put_meta(struct store *store, const char *key, const char *value)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_META_PUT);
    sqlite_bind_text(statement, 1, key);
    sqlite_bind_text(statement, 2, value);
    return sqlite_run(store, statement);
}

static status_t create(struct store *store, const char *folder, const struct store_genesis *genesis,
                       struct problem *problem)
{
    if (has_schema(store)) {
        return problem_say(problem, STATUS_EXISTS, "STORE_EXISTS", "state_directory",
                           "%s holds a store already; it is made once", folder);
    }
    for (size_t i = 0; i < sizeof(SCHEMA) / sizeof(SCHEMA[0]); i++) {
        if (sqlite3_exec(store->database, SCHEMA[i], NULL, NULL, NULL) != SQLITE_OK) {
            return STATUS_UNAVAILABLE;
        }
    }
    TRY(put_meta(store, "origin", genesis->origin));
    TRY(sqlite_append_leaf(store, genesis->leaf, genesis->now_ms));
    for (size_t i = 0; i < genesis->identity_count; i++) {
        uint8_t digest[SHA256_SIZE];
        TRY(store_identity_set(store, &genesis->identities[i], genesis->certificates[i]));
        TRY(store_content_put(store, genesis->certificates[i], digest));
        TRY(sqlite_append_leaf(store, genesis->enrolments[i], genesis->now_ms));
    }
    return STATUS_OK;
}

status_t store_create(const char *folder, const struct store_genesis *genesis,
                      struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    TRY(open_database(folder, SQLITE_OPEN_CREATE, &store, problem));
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, create(store, folder, genesis, problem), problem);
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->database);
    if (store->lock >= 0) {
        (void)close(store->lock);
    }
    free(store);
}

status_t sqlite_read_origin(struct store *store, char *ret_origin, size_t size)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_META_GET);
    sqlite_bind_text(statement, 1, "origin");
    TRY(sqlite_row(store, statement));
    status_t status = sqlite_column_text_into(statement, 0, ret_origin, size);
    sqlite_end(statement);
    return status;
}

/* "<site>/<epoch>" */
static bool is_of_site(const char *origin, const char *site)
{
    size_t size = strlen(site);
    return strncmp(origin, site, size) == 0 && origin[size] == '/' && origin[size + 1] != '\0' &&
           strspn(origin + size + 1, "0123456789") == strlen(origin + size + 1);
}

status_t store_origin(struct store *store, const char *site, char *ret_origin, size_t size,
                      struct problem *problem)
{
    TRY(sqlite_read_origin(store, ret_origin, size));
    if (!is_of_site(ret_origin, site)) {
        return problem_say(
            problem, STATUS_REFUSED, "STORE_SITE", "site.name",
            "the store belongs to log %s, the configuration says site %s: use the store's "
            "own site name",
            ret_origin, site);
    }
    return STATUS_OK;
}
