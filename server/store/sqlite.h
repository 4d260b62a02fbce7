/* The SQLite connection inside the store: statements prepared once, values by position. */
#ifndef MINTMARK_SERVER_STORE_SQLITE_H
#define MINTMARK_SERVER_STORE_SQLITE_H

#include <sqlite3.h>

#include "lib/base/buf.h"
#include "server/store/erase.h"
#include "server/store/store.h"

/* What the statements that look for units to revoke share. */
#define STORE_REVOCABLE                                                                            \
    "SELECT id, dac_serial, record_id, work_order, unit_id, state, tbs FROM unit WHERE "
#define STORE_REVOCABLE_ALL                                                                        \
    "revoked = 0 AND (?1 = '' OR (unit_id = ?1 AND live = 1)) "                                    \
    "AND (?2 = x'' OR dac_serial = ?2) AND (?3 = '' OR work_order = ?3) "                          \
    "AND (?4 = '' OR station = ?4 OR EXISTS (SELECT 1 FROM held "                                  \
    "WHERE held.unit = unit.id AND held.station = ?4)) AND created_ms >= ?5 AND created_ms < ?6"
#define STORE_CHANGE_SELECT                                                                        \
    "SELECT id, number, kind, subject, state, needs_second, reason, product_class, content, "      \
    "previous, statement, signature, approval_statement, approval_signature, proposed_ms, "        \
    "expires, person FROM change "

/* The rows of order data that calls which are lost may have taken, at most ?1 of each order. */
#define STORE_LOST_ROWS                                                                            \
    "(SELECT id, work_order, seal_day FROM (SELECT id, work_order, seal_day, "                     \
    "row_number() OVER (PARTITION BY work_order ORDER BY id) AS n FROM order_row "                 \
    "WHERE change_id IS NOT NULL AND taken_by IS NULL AND unit_id = '' AND hardware_id = '') "     \
    "WHERE n <= ?1)"

/* A free row of order data, as data.c reads it. */
#define STORE_ROW                                                                                  \
    "SELECT id, upload, number, unit_id, hardware_id, seal_day, "                                  \
    "(SELECT sealed FROM order_sealed WHERE row = order_row.id) FROM order_row "                   \
    "WHERE work_order = ?1 AND change_id IS NOT NULL AND taken_by IS NULL "

/* Staged rows of order data that an upload's next page replaces: those of the order's other
 * uploads, and its own from the page's first number on. The last first: what is left has no gap. */
#define STORE_STAGED                                                                               \
    "SELECT id, upload, number FROM order_row INDEXED BY row_upload WHERE change_id IS NULL "      \
    "AND work_order = ?1 "
#define STORE_REPLACED                                                                             \
    STORE_STAGED "AND upload < ?2 UNION ALL " STORE_STAGED                                         \
                 "AND upload > ?2 UNION ALL " STORE_STAGED                                         \
                 "AND upload = ?2 AND number >= ?3 ORDER BY 2 DESC, 3 DESC LIMIT ?4"

/* What struct store_device holds, in the order that device.c reads it. */
#define STORE_DEVICE                                                                               \
    "SELECT id, record_id, work_order, unit_id, hardware_id, key_source, state, revoked, "         \
    "station, "                                                                                    \
    "line, product, product_revision, serial_number, dac_serial, certificate, set_digest, "        \
    "deliveries, attempts, created_ms, issued_ms, reported_ms, seal_day FROM unit WHERE "

/* Every statement of the store, once. */
#define STORE_STATEMENTS(X)                                                                        \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(META_GET, "SELECT value FROM meta WHERE key = ?1")                                           \
    X(META_PUT, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")                        \
    X(IDENTITY_GET, "SELECT role, line, blocked, spki, not_after, enrolled_ms, change_id, id "     \
                    "FROM identity WHERE id = ?1")                                                 \
    X(IDENTITY_PUT, "INSERT OR REPLACE INTO identity (id, role, line, blocked, spki, not_after, "  \
                    "enrolled_ms, change_id, certificate) "                                        \
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                                 \
    X(IDENTITY_BLOCK, "UPDATE identity SET blocked = 1, change_id = ?2, tbs = NULL "               \
                      "WHERE id = ?1")                                                             \
    X(IDENTITY_CERTIFICATE, "SELECT certificate FROM identity WHERE id = ?1")                      \
    X(IDENTITY_INTEND, "UPDATE identity SET tbs = ?2 WHERE id = ?1")                               \
    X(IDENTITY_INTENT, "SELECT role, line, blocked, spki, not_after, enrolled_ms, change_id, id, " \
                       "tbs FROM identity WHERE tbs IS NOT NULL AND id > ?1 ORDER BY id LIMIT 1")  \
    X(IDENTITY_DROP, "UPDATE identity SET tbs = NULL WHERE id = ?1 AND tbs = ?2")                  \
    X(IDENTITY_CERTIFIED, "UPDATE identity SET certificate = ?2, tbs = NULL "                      \
                          "WHERE id = ?1 AND tbs = ?3")                                            \
    X(IDENTITY_KEY, "SELECT 1 FROM identity WHERE spki = ?1 AND id <> ?2 LIMIT 1")                 \
    X(IDENTITY_OTHERS, "SELECT count(*) FROM identity WHERE role = ?1 AND blocked = 0 "            \
                       "AND id <> ?2")                                                             \
    X(IDENTITY_LIST, "SELECT role, line, blocked, spki, not_after, enrolled_ms, change_id, id "    \
                     "FROM identity WHERE id > ?1 ORDER BY id LIMIT ?2")                           \
    X(CONTENT_GET, "SELECT bytes FROM content WHERE sha256 = ?1")                                  \
    X(CHANGE_PUT, "INSERT INTO change (id, number, kind, subject, state, needs_second, reason, "   \
                  "product_class, content, previous, statement, signature, proposed_ms, expires, " \
                  "person) SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "  \
                  "?9, ?10, ?11, ?12, ?13, ?14 FROM change")                                       \
    X(CHANGE_APPLY, "UPDATE change SET state = 4, approval_statement = ?2, "                       \
                    "approval_signature = ?3 WHERE id = ?1 AND state = 3")                         \
    X(CHANGE_END, "UPDATE change SET state = ?2 WHERE id = ?1 AND state = 3")                      \
    X(CHANGE_RIVAL, STORE_CHANGE_SELECT "WHERE subject = ?1 AND state = 3 AND "                    \
                                        "(kind = ?2 OR kind LIKE ?2 || '-%') LIMIT 1")             \
    X(CHANGE_DONE, "SELECT 1 FROM change WHERE state = 4 AND kind = ?1 AND subject = ?2 LIMIT 1")  \
    X(CHANGE_DUE, STORE_CHANGE_SELECT "WHERE state = 3 AND expires <= ?1 LIMIT 1")                 \
    X(CHANGE_COUNT, "SELECT count(*) FROM change WHERE person = ?1 AND state = 3 "                 \
                    "AND expires > ?2")                                                            \
    X(SPENT_GET, "SELECT 1 FROM spent WHERE id = ?1")                                              \
    X(SPENT_PUT, "INSERT OR IGNORE INTO spent (id, person, expires) VALUES (?1, ?2, ?3)")          \
    X(SPENT_OLD, "DELETE FROM spent WHERE expires <= ?1")                                          \
    X(SPENT_OVER, "DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE person = ?1 "         \
                  "ORDER BY expires DESC LIMIT -1 OFFSET ?2)")                                     \
    X(CHANGE_FIND, STORE_CHANGE_SELECT "WHERE id BETWEEN ?1 AND ?2 LIMIT 2")                       \
    X(CHANGE_LIST, STORE_CHANGE_SELECT                                                             \
      "WHERE number < ?1 AND (?2 = 0 OR state = ?2 OR "                                            \
      "(?2 = 3 AND ?3 < 0 AND state = 5)) AND (?3 = 0 OR (?3 > 0 AND expires > ?3) OR "            \
      "(?3 < 0 AND expires <= -?3)) "                                                              \
      "ORDER BY number DESC LIMIT ?4")                                                             \
    X(CONTENT_PUT, "INSERT OR IGNORE INTO content (sha256, bytes) VALUES (?1, ?2)")                \
    X(PRODUCT_NEWEST, "SELECT revision, digest FROM product WHERE name = ?1 "                      \
                      "ORDER BY revision DESC LIMIT 1")                                            \
    X(PRODUCT_GET, "SELECT content, digest FROM product WHERE name = ?1 AND revision = ?2")        \
    X(PRODUCT_PUT, "INSERT INTO product (name, revision, content, digest, created_ms, "            \
                   "product_class, change_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                \
    X(PRODUCT_ABOUT, "SELECT name, revision, product_class, change_id, created_ms FROM product "   \
                     "WHERE name = ?1 AND revision = ?2")                                          \
    X(PRODUCT_LIST, "SELECT name, revision, product_class, change_id, created_ms FROM product "    \
                    "WHERE (name, revision) > (?1, ?2) ORDER BY name, revision LIMIT ?3")          \
    X(ORDER_GET, "SELECT product, product_revision, state, quantity, identities_limit, lines, "    \
                 "window_from, window_to, dac_not_before, created_ms, counted, issued, flashed, "  \
                 "scrapped, superseded, voided, data_rows, data_used, data_left, data_staged "     \
                 "FROM work_order WHERE id = ?1")                                                  \
    X(ORDER_PUT, "INSERT INTO work_order (id, product, product_revision, state, quantity, "        \
                 "identities_limit, lines, window_from, window_to, dac_not_before, created_ms) "   \
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                          \
    X(ORDER_CHANGE, "UPDATE work_order SET state = ?2, product_revision = ?3, quantity = ?4, "     \
                    "identities_limit = ?5, window_to = ?6, closed_ms = ?7 WHERE id = ?1")         \
    X(ORDER_SUM, "SELECT coalesce(sum(identities_limit), 0) FROM work_order "                      \
                 "WHERE (product = ?1 OR product GLOB ?1 || '/*') AND created_ms >= ?2")           \
    X(ORDER_LIST, "SELECT id FROM work_order WHERE id > ?1 AND (?2 = 0 OR state = ?2) "            \
                  "AND (?4 IS NULL OR lines = '' OR "                                              \
                  "(?4 <> '' AND instr(lines, ';' || ?4 || ';') > 0)) ORDER BY id LIMIT ?3")       \
    X(ORDER_COUNT, "UPDATE work_order SET counted = counted + 1, codes = codes + ?2 "              \
                   "WHERE id = ?1 AND state = 1 AND counted < identities_limit")                   \
    X(ORDER_ISSUED, "UPDATE work_order SET issued = issued + 1 WHERE id = ?1")                     \
    X(UNIT_FIND, "SELECT u.record_id, u.work_order, u.unit_id, u.hardware_id, u.key_source, "      \
                 "u.state, u.station, u.product, u.product_revision, u.image_revision, "           \
                 "u.vendor_id, u.serial_number, u.dac_serial, u.public_key, u.seal_day, u.tbs, "   \
                 "u.certificate, u.set_digest, u.deliveries, u.created_ms, s.device, u.id, "       \
                 "u.chain_sha256, u.line, u.attempts, s.codes, u.revoked "                         \
                 "FROM unit u LEFT JOIN secret s ON s.unit = u.id "                                \
                 "WHERE u.unit_id = ?1 AND u.live = 1")                                            \
    X(UNIT_PUT, "INSERT INTO unit (record_id, work_order, unit_id, hardware_id, key_source, "      \
                "state, station, product, product_revision, image_revision, vendor_id, "           \
                "serial_number, dac_serial, public_key, seal_day, tbs, created_ms, "               \
                "chain_sha256, line) VALUES "                                                      \
                "(?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, " \
                "?18)")                                                                            \
    X(UNIT_BIND, "UPDATE unit SET hardware_id = ?2 WHERE id = ?1 AND hardware_id = ''")            \
    X(SECRET_PUT, "INSERT INTO secret (unit, device, codes, since_ms) VALUES (?1, ?2, ?3, ?4)")    \
    X(SECRET_SINCE, "UPDATE secret SET since_ms = ?2 WHERE unit = ?1")                             \
    X(SECRET_ERASE_DEVICE, "UPDATE secret SET device = NULL WHERE unit = ?1 "                      \
                           "AND device IS NOT NULL")                                               \
    X(SECRET_ERASE_DUE, "UPDATE secret SET device = NULL WHERE unit = ?1 AND since_ms <= ?2 "      \
                        "AND device IS NOT NULL")                                                  \
    X(SECRET_ERASE_CODES, "UPDATE secret SET codes = NULL WHERE unit = ?1 AND codes IS NOT NULL")  \
    X(DUE_DEVICES, "SELECT u.id, u.record_id, u.state, u.work_order, u.unit_id, u.seal_day "       \
                   "FROM secret s JOIN unit u ON u.id = s.unit "                                   \
                   "WHERE s.device IS NOT NULL AND s.since_ms <= ?1 ORDER BY s.since_ms")          \
    X(DUE_REQUESTS, "SELECT id, record_id, state, work_order, unit_id, seal_day "                  \
                    "FROM unit INDEXED BY unit_request "                                           \
                    "WHERE state = 1 AND key_source = 2 AND created_ms <= ?1 ORDER BY created_ms") \
    X(DUE_ORDER, "SELECT id, codes_row FROM work_order INDEXED BY order_codes "                    \
                 "WHERE closed_ms > 0 AND codes > 0 AND closed_ms <= ?1 "                          \
                 "ORDER BY closed_ms LIMIT 1")                                                     \
    X(DUE_CODES, "SELECT u.id, u.record_id, u.state, u.work_order, u.unit_id, u.seal_day "         \
                 "FROM unit u JOIN secret s ON s.unit = u.id "                                     \
                 "WHERE u.work_order = ?1 AND u.id > ?2 AND s.codes IS NOT NULL ORDER BY u.id")    \
    X(DUE_SALT, "SELECT day FROM seal_day WHERE secrets = 0 AND day < ?1 ORDER BY day LIMIT 1")    \
    X(UNIT_MAKE_VOID, "UPDATE unit SET state = 6, live = 0 WHERE id = ?1 AND state = 1")           \
    X(ORDER_VOIDED, "UPDATE work_order SET voided = voided + 1, codes = codes - ?2 WHERE id = ?1") \
    X(ORDER_CODES_LESS, "UPDATE work_order SET codes = codes - 1, codes_row = ?2 WHERE id = ?1")   \
    X(SEAL_DAY_GO, "DELETE FROM seal_day WHERE day = ?1 AND secrets = 0")                          \
    X(SECRET_GO, "DELETE FROM secret WHERE unit = ?1 AND device IS NULL AND codes IS NULL")        \
    X(SEAL_DAY_MORE, "INSERT INTO seal_day (day, secrets) VALUES (?1, ?2) "                        \
                     "ON CONFLICT (day) DO UPDATE SET secrets = secrets + ?2")                     \
    X(SEAL_DAY_LESS, "UPDATE seal_day SET secrets = secrets - ?2 WHERE day = ?1")                  \
    X(ROW_PUT, "INSERT INTO order_row (work_order, upload, number, unit_id, hardware_id, "         \
               "serial_number, vendor_id, public_key, sha256, seal_day, bytes, staged_ms) "        \
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")                       \
    X(SEALED_PUT, "INSERT INTO order_sealed (row, sealed) VALUES (?1, ?2)")                        \
    X(SEALED_GO, "DELETE FROM order_sealed WHERE row = ?1")                                        \
    X(ROW_STAGED, "SELECT number, sha256 FROM order_row WHERE work_order = ?1 AND upload = ?2 "    \
                  "AND change_id IS NULL ORDER BY number")                                         \
    X(ROW_IMPORT, "UPDATE order_row SET change_id = ?3 WHERE work_order = ?1 AND upload = ?2 "     \
                  "AND change_id IS NULL")                                                         \
    X(ROW_CLASH, "SELECT r.number, 'serial_number' FROM order_row r WHERE r.work_order = ?1 "      \
                 "AND r.upload = ?2 AND r.serial_number <> '' AND (EXISTS (SELECT 1 FROM unit u "  \
                 "WHERE u.serial_number <> '' AND u.serial_number = r.serial_number "              \
                 "AND u.vendor_id = r.vendor_id) OR EXISTS (SELECT 1 FROM order_row o "            \
                 "WHERE o.change_id IS NOT NULL AND o.serial_number <> '' "                        \
                 "AND o.serial_number = r.serial_number AND o.vendor_id = r.vendor_id)) "          \
                 "UNION ALL SELECT r.number, 'dac' FROM order_row r WHERE r.work_order = ?1 "      \
                 "AND r.upload = ?2 AND r.public_key IS NOT NULL AND (EXISTS (SELECT 1 FROM "      \
                 "unit u WHERE u.public_key = r.public_key) OR EXISTS (SELECT 1 FROM order_row o " \
                 "WHERE o.change_id IS NOT NULL AND o.public_key IS NOT NULL "                     \
                 "AND o.public_key = r.public_key)) "                                              \
                 "UNION ALL SELECT r.number, 'unit_id' FROM order_row r WHERE r.work_order = ?1 "  \
                 "AND r.upload = ?2 AND r.unit_id <> '' AND (EXISTS (SELECT 1 FROM order_row o "   \
                 "WHERE o.work_order = ?1 AND o.change_id IS NOT NULL AND o.taken_by IS NULL "     \
                 "AND o.unit_id <> '' AND o.unit_id = r.unit_id) "                                 \
                 "OR EXISTS (SELECT 1 FROM unit u WHERE u.live = 1 AND u.unit_id = r.unit_id)) "   \
                 "UNION ALL SELECT r.number, 'hardware_id' FROM order_row r "                      \
                 "WHERE r.work_order = ?1 AND r.upload = ?2 AND r.hardware_id <> '' "              \
                 "AND (EXISTS (SELECT 1 FROM order_row o WHERE o.work_order = ?1 "                 \
                 "AND o.change_id IS NOT NULL AND o.taken_by IS NULL AND o.hardware_id <> '' "     \
                 "AND o.hardware_id = r.hardware_id) OR EXISTS (SELECT 1 FROM unit u "             \
                 "WHERE u.live = 1 AND u.hardware_id <> '' AND u.hardware_id = r.hardware_id)) "   \
                 "UNION ALL SELECT max(number), 'serial_number' FROM order_row "                   \
                 "WHERE work_order = ?1 AND upload = ?2 AND serial_number <> '' "                  \
                 "GROUP BY serial_number HAVING count(*) > 1 "                                     \
                 "UNION ALL SELECT max(number), 'dac' FROM order_row "                             \
                 "WHERE work_order = ?1 AND upload = ?2 AND public_key IS NOT NULL "               \
                 "GROUP BY public_key HAVING count(*) > 1 "                                        \
                 "UNION ALL SELECT max(number), 'unit_id' FROM order_row "                         \
                 "WHERE work_order = ?1 AND upload = ?2 AND unit_id <> '' "                        \
                 "GROUP BY unit_id HAVING count(*) > 1 "                                           \
                 "UNION ALL SELECT max(number), 'hardware_id' FROM order_row "                     \
                 "WHERE work_order = ?1 AND upload = ?2 AND hardware_id <> '' "                    \
                 "GROUP BY hardware_id HAVING count(*) > 1 LIMIT 1")                               \
    X(ROW_STAGED_LAST, "SELECT number FROM order_row WHERE work_order = ?1 AND upload = ?2 "       \
                       "AND change_id IS NULL ORDER BY number DESC LIMIT 1")                       \
    X(ROW_STAGED_GO, "DELETE FROM order_row WHERE id IN (SELECT id FROM (" STORE_REPLACED ")) "    \
                     "RETURNING seal_day, bytes")                                                  \
    X(STAGED_SUM, "SELECT coalesce(sum(data_staged), 0), coalesce(sum(data_staged) FILTER "        \
                  "(WHERE id = ?1), 0) FROM work_order INDEXED BY order_staged "                   \
                  "WHERE data_staged > 0")                                                         \
    X(STAGED_MORE, "UPDATE work_order SET data_staged = data_staged + ?2 WHERE id = ?1 "           \
                   "AND state <> 3 AND product_revision = ?3")                                     \
    X(STAGED_LESS, "UPDATE work_order SET data_staged = data_staged - ?2 WHERE id = ?1")           \
    X(ROW_WAITS, "SELECT 1 FROM order_row WHERE change_id IS NOT NULL AND serial_number <> '' "    \
                 "AND serial_number = ?1 AND vendor_id = ?2 AND taken_by IS NULL")                 \
    X(ROW_STAGED_OLD, "SELECT work_order FROM order_row WHERE change_id IS NULL "                  \
                      "AND staged_ms <= ?1 LIMIT 1")                                               \
    X(ROW_NAMED, STORE_ROW "AND unit_id <> '' AND unit_id = ?2 UNION ALL " STORE_ROW               \
                           "AND hardware_id <> '' AND hardware_id = ?3 AND unit_id <> ?2 LIMIT 2") \
    X(ROW_NEXT, STORE_ROW "AND unit_id = '' AND hardware_id = '' ORDER BY id LIMIT 1 OFFSET ?2")   \
    X(ROW_FREE, "SELECT 1 FROM order_row WHERE id = ?1 AND work_order = ?2 "                       \
                "AND change_id IS NOT NULL AND taken_by IS NULL")                                  \
    X(ROW_TAKE, "UPDATE order_row SET taken_by = ?2 WHERE id = ?1 "                                \
                "AND work_order = ?3 AND change_id IS NOT NULL AND taken_by IS NULL")              \
    X(ROW_DUE_DAY,                                                                                 \
      "SELECT w.id, r.seal_day FROM work_order w INDEXED BY order_data "                           \
      "JOIN order_row r INDEXED BY row_free ON r.work_order = w.id WHERE w.closed_ms > 0 "         \
      "AND w.data_left > 0 AND r.change_id IS NOT NULL AND r.taken_by IS NULL LIMIT 1")            \
    X(ROW_GO, "DELETE FROM order_row WHERE id IN (SELECT id FROM order_row INDEXED BY row_free "   \
              "WHERE work_order = ?1 AND change_id IS NOT NULL AND taken_by IS NULL AND seal_day " \
              "= ?2 LIMIT ?3)")                                                                    \
    X(ORDER_DATA_MORE, "UPDATE work_order SET data_rows = data_rows + ?2, "                        \
                       "data_left = data_left + ?2, data_staged = 0 WHERE id = ?1 AND state <> 3") \
    X(ROW_DAY_LESS, "UPDATE seal_day SET secrets = secrets - 1 "                                   \
                    "WHERE day = (SELECT seal_day FROM order_row WHERE id = ?1)")                  \
    X(ORDER_DATA_USED, "UPDATE work_order SET data_used = data_used + ?2, "                        \
                       "data_left = data_left - ?2 WHERE id = ?1")                                 \
    X(ORDER_DATA_LESS, "UPDATE work_order SET data_left = data_left - ?2 WHERE id = ?1")           \
    X(UNIT_RECORD, "UPDATE unit SET state = 2, certificate = ?2, set_digest = ?3, "                \
                   "deliveries = 1, issued_ms = ?4 "                                               \
                   "WHERE id = ?1 AND state = 1 AND revoked = 0 AND station = ?5")                 \
    X(UNIT_CERTIFICATE, "SELECT certificate FROM unit WHERE dac_serial = ?1 AND state <> 1")       \
    X(UNIT_DELIVER, "UPDATE unit SET deliveries = deliveries + 1 "                                 \
                    "WHERE id = ?1 AND deliveries < ?2 AND revoked = 0 AND station = ?3 "          \
                    "AND (state = 2 OR (state = 3 AND key_source = 2))")                           \
    X(UNIT_REVOKE, "UPDATE unit SET revoked = 1 WHERE id = ?1 AND dac_serial = ?2 "                \
                   "AND revoked = 0")                                                              \
    X(REVOCABLE_BY_UNIT, STORE_REVOCABLE "unit_id = ?1 AND live = 1 AND " STORE_REVOCABLE_ALL)     \
    X(REVOCABLE_BY_SERIAL, STORE_REVOCABLE "dac_serial = ?2 AND " STORE_REVOCABLE_ALL)             \
    X(REVOCABLE_BY_ORDER, STORE_REVOCABLE "work_order = ?3 AND " STORE_REVOCABLE_ALL)              \
    X(REVOCABLE_BY_TIME,                                                                           \
      STORE_REVOCABLE "created_ms BETWEEN ?5 AND ?6 - 1 AND " STORE_REVOCABLE_ALL)                 \
    X(REVOCATION_PUT, "INSERT INTO revocation (issuer, dac_serial, reason, time, change_id) "      \
                      "VALUES (?1, ?2, ?3, ?4, ?5)")                                               \
    X(REVOCATION_COUNT, "SELECT count(*) FROM revocation WHERE issuer = ?1")                       \
    X(REVOCATION_LIST, "SELECT dac_serial, reason, time FROM revocation WHERE issuer = ?1 "        \
                       "ORDER BY dac_serial")                                                      \
    X(CRL_NEWEST, "SELECT number, this_update, next_update, revocations, tbs, signature "          \
                  "FROM crl WHERE issuer = ?1 ORDER BY number DESC LIMIT 1")                       \
    X(CRL_PUT, "INSERT INTO crl (issuer, number, this_update, next_update, revocations, tbs) "     \
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                                  \
    X(CRL_SIGNED, "UPDATE crl SET signature = ?3 WHERE issuer = ?1 AND number = ?2 "               \
                  "AND signature IS NULL")                                                         \
    X(CRL_OLDER_GO, "DELETE FROM crl WHERE issuer = ?1 AND number < ?2")                           \
    X(UNIT_OF_SERIAL, "SELECT unit_id FROM unit WHERE serial_number = ?1 AND serial_number <> '' " \
                      "AND live = 1 LIMIT 2")                                                      \
    X(UNIT_CODES_READ, "UPDATE unit SET code_reads = code_reads + 1 WHERE id = ?1 "                \
                       "AND code_reads < ?2")                                                      \
    X(DEVICES_OF_ALL, STORE_DEVICE "id > ?1 ORDER BY id LIMIT ?2")                                 \
    X(DEVICES_OF_ORDER, STORE_DEVICE "work_order = ?3 AND id > ?1 ORDER BY id LIMIT ?2")           \
    X(DEVICE_OF_UNIT, STORE_DEVICE "unit_id = ?1 AND live = 1")                                    \
    X(DEVICE_OF_SERIAL, STORE_DEVICE "serial_number = ?1 AND serial_number <> '' AND live = 1")    \
    X(DEVICE_OF_DAC, STORE_DEVICE "dac_serial = ?1")                                               \
    X(YIELD, "SELECT r.station, r.slot, sum(r.outcome = 1), "                                      \
             "sum(r.outcome = 1 AND r.number = 1), sum(r.outcome = 2), sum(r.outcome = 3) "        \
             "FROM unit u JOIN report r ON r.unit = u.id WHERE u.work_order = ?1 "                 \
             "GROUP BY r.station, r.slot")                                                         \
    X(UNIT_SCRAP, "UPDATE unit SET state = 4, reported_ms = ?3 WHERE id = ?1 AND state = ?2 "      \
                  "AND state IN (2, 3)")                                                           \
    X(ORDER_SCRAP, "UPDATE work_order SET scrapped = scrapped + 1, flashed = flashed - (?2 = 3) "  \
                   "WHERE id = ?1")                                                                \
    X(UNIT_SUPERSEDE, "UPDATE unit SET state = 5, live = 0 WHERE id = ?1 AND state = ?2 "          \
                      "AND state IN (2, 3, 4)")                                                    \
    X(ORDER_SUPERSEDE, "UPDATE work_order SET superseded = superseded + 1, "                       \
                       "flashed = flashed - (?2 = 3), scrapped = scrapped - (?2 = 4), "            \
                       "codes = codes - ?3 WHERE id = ?1")                                         \
    X(HELD_PUT, "INSERT OR IGNORE INTO held (unit, station) "                                      \
                "SELECT id, station FROM unit WHERE id = ?1 AND station <> ''")                    \
    X(UNIT_RELEASE, "UPDATE unit SET station = '', line = '' "                                     \
                    "WHERE id = ?1 AND state = ?2 AND state IN (1, 2) AND station <> ''")          \
    X(UNIT_TAKE, "UPDATE unit SET station = ?2, line = ?3 WHERE id = ?1 AND live = 1 "             \
                 "AND state IN (1, 2) AND revoked = 0 AND station = '' AND "                       \
                 "(SELECT state FROM work_order WHERE id = unit.work_order) = 1")                  \
    X(STATION_MORE, "INSERT INTO station_open (station, open) VALUES (?1, 1) "                     \
                    "ON CONFLICT (station) DO UPDATE SET open = open + 1 WHERE open < ?2")         \
    X(STATION_ROOM, "SELECT 1 FROM station_open WHERE station = ?1 AND open >= ?2")                \
    X(COUNTER_TAKE, "INSERT INTO counter (vendor_id, pattern, taken) VALUES (?1, ?2, 1) "          \
                    "ON CONFLICT (vendor_id, pattern) DO UPDATE SET taken = taken + 1 "            \
                    "WHERE taken < ?3 RETURNING taken")                                            \
    X(STATION_LESS, "UPDATE station_open SET open = open - 1 "                                     \
                    "WHERE station = (SELECT station FROM unit WHERE id = ?1)")                    \
    X(UNIT_STATE, "SELECT state, attempts FROM unit WHERE id = ?1")                                \
    X(UNIT_REPORTED, "UPDATE unit SET state = ?2, reported_ms = ?3 WHERE id = ?1")                 \
    X(UNIT_ATTEMPT, "UPDATE unit SET attempts = attempts + 1 WHERE id = ?1")                       \
    X(ORDER_REPORTED, "UPDATE work_order SET flashed = flashed + (?2 = 3), "                       \
                      "scrapped = scrapped + (?2 = 4) WHERE id = ?1")                              \
    X(REPORT_KNOWN, "SELECT number FROM report WHERE unit = ?1 AND outcome = ?2 "                  \
                    "AND attempt_id = ?3")                                                         \
    X(REPORT_PUT, "INSERT INTO report (unit, number, outcome, station, slot, phase, code, "        \
                  "attempt_id, time_ms) SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, " \
                  "?6, ?7, ?8 FROM report WHERE unit = ?1")                                        \
    X(LEAF_NEWEST, "SELECT sequence, time_ms FROM leaf ORDER BY sequence DESC LIMIT 1")            \
    X(LEAF_PUT, "INSERT INTO leaf (sequence, time_ms, content) VALUES (?1, ?2, ?3)")               \
    X(LEAF_GET, "SELECT content FROM leaf WHERE sequence = ?1")                                    \
    X(TRACE_PUT, "INSERT INTO trace (record_id, sequence) VALUES (?1, ?2)")                        \
    X(TRACE_LIST, "SELECT sequence FROM trace WHERE record_id = ?1 ORDER BY sequence LIMIT ?2")    \
    X(NODE_GET, "SELECT hash FROM node WHERE level = ?1 AND position = ?2")                        \
    X(NODE_PUT, "INSERT INTO node (level, position, hash) VALUES (?1, ?2, ?3)")                    \
    X(TREE_GET, "SELECT size FROM tree WHERE id = 1")                                              \
    X(TREE_PUT, "UPDATE tree SET size = ?1 WHERE id = 1")                                          \
    X(RECOVER_UNIT, "INSERT INTO unit (record_id, work_order, unit_id, hardware_id, key_source, "  \
                    "state, station, line, product, product_revision, image_revision, vendor_id, " \
                    "serial_number, dac_serial, public_key, seal_day, tbs, certificate, "          \
                    "set_digest, chain_sha256, deliveries, created_ms, issued_ms) VALUES "         \
                    "(?1, ?2, ?3, ?4, ?5, 2, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12, ?13, '', ?14, "     \
                    "?15, ?16, ?17, 1, ?18, ?18)")                                                 \
    X(RECOVER_COUNT, "UPDATE work_order SET counted = counted + 1, issued = issued + 1 "           \
                     "WHERE id = ?1 AND state <> 3 AND counted < identities_limit")                \
    X(RECOVER_INTENT, "UPDATE unit SET state = 2, certificate = ?2, set_digest = ?3, "             \
                      "deliveries = 1, issued_ms = ?4 WHERE id = ?1 AND state = 1")                \
    X(SAVEPOINT, "SAVEPOINT unit")                                                                 \
    X(SAVEPOINT_BACK, "ROLLBACK TO unit")                                                          \
    X(SAVEPOINT_END, "RELEASE unit")                                                               \
    X(RECOVER_COUNTER, "INSERT INTO counter (vendor_id, pattern, taken) VALUES (?1, ?2, ?3) "      \
                       "ON CONFLICT (vendor_id, pattern) DO UPDATE "                               \
                       "SET taken = taken + excluded.taken")                                       \
    X(RECOVER_ROW_DAYS,                                                                            \
      "UPDATE seal_day SET secrets = secrets - (SELECT count(*) FROM " STORE_LOST_ROWS             \
      " AS lost WHERE lost.seal_day = seal_day.day)")                                              \
    X(RECOVER_ROW_COUNTS, "UPDATE work_order SET data_used = data_used + lost.n, "                 \
                          "data_left = data_left - lost.n FROM (SELECT work_order AS id, "         \
                          "count(*) AS n FROM " STORE_LOST_ROWS " GROUP BY work_order) AS lost "   \
                          "WHERE lost.id = work_order.id")                                         \
    X(RECOVER_SEALED, "DELETE FROM order_sealed WHERE row IN "                                     \
                      "(SELECT id FROM " STORE_LOST_ROWS ")")                                      \
    X(RECOVER_ROWS, "UPDATE order_row SET taken_by = 0 WHERE id IN "                               \
                    "(SELECT id FROM " STORE_LOST_ROWS ")")                                        \
    X(RECOVER_RECORD, "SELECT 1 FROM trace WHERE record_id = ?1 LIMIT 1")                          \
    X(RECOVER_CRL, "INSERT OR REPLACE INTO crl (issuer, number, this_update, next_update, "        \
                   "revocations, tbs, signature) VALUES (?1, ?2, ?3, 0, 0, x'00', x'00')")         \
    X(RECOVER_ORDERS, "UPDATE work_order SET state = 2 WHERE state = 1")                           \
    X(RECOVER_CHECKPOINTS, "DELETE FROM checkpoint")                                               \
    X(CHECKPOINT_NEWEST, "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1")           \
    X(CHECKPOINT_PUT, "INSERT OR IGNORE INTO checkpoint (size, note) VALUES (?1, ?2)")

enum store_statement {
#define STORE_STATEMENT(name, sql) STORE_##name,
    STORE_STATEMENTS(STORE_STATEMENT)
#undef STORE_STATEMENT
        STORE_STATEMENT_COUNT
};

struct store {
    sqlite3 *database;
    sqlite3_stmt *statements[STORE_STATEMENT_COUNT];
    bool log_due; /* store_log_due */
    int lock;     /* descriptor of the lock file, held while a transaction writes */
};

/* A statement ready for binding; reset and cleared when the row loop is over or it is fetched
 * again. */
sqlite3_stmt *sqlite_statement(struct store *store, enum store_statement statement);

void sqlite_bind_text(sqlite3_stmt *statement, int position, const char *text);
void sqlite_bind_span(sqlite3_stmt *statement, int position, struct span bytes);

/* One row: STATUS_OK; none: STATUS_NOT_FOUND. Call sqlite_end when its columns are read. */
MUST_USE status_t sqlite_row(struct store *store, sqlite3_stmt *statement);
void sqlite_end(sqlite3_stmt *statement);

/* Runs to the end. STATUS_EXISTS on a broken UNIQUE or PRIMARY KEY constraint. */
MUST_USE status_t sqlite_run(struct store *store, sqlite3_stmt *statement);
int sqlite_changes(const struct store *store);

struct span sqlite_column_span(sqlite3_stmt *statement, int column);
/* Copies a text column; STATUS_DATA_LOSS when it is longer than its place. */
MUST_USE status_t sqlite_column_text_into(sqlite3_stmt *statement, int column, char *ret_text,
                                          size_t size);
/* Copies a blob column of exactly `size` bytes, else STATUS_DATA_LOSS. */
MUST_USE status_t sqlite_column_exact(sqlite3_stmt *statement, int column, uint8_t *ret_bytes,
                                      size_t size);

/* A write transaction behind the lock file: begin, work, end. `end` commits when `status` is
 * STATUS_OK, else rolls back, and returns what the caller shall return. */
MUST_USE status_t sqlite_begin(struct store *store, struct problem *problem);
MUST_USE status_t sqlite_finish(struct store *store, status_t status, struct problem *problem);

/* It is a store of this program's schema (store.c): STATUS_REFUSED STORE_MISSING, STORE_VERSION. */
MUST_USE status_t sqlite_check_schema(struct store *store, const char *where,
                                      struct problem *problem);
/* The log's present origin. */
MUST_USE status_t sqlite_read_origin(struct store *store, char *ret_origin, size_t size);

/* Refuses (CLOCK) when now is before the newest leaf; inside a transaction. */
MUST_USE status_t sqlite_check_clock(struct store *store, int64_t now_ms, struct problem *problem);

/* The sealed secrets of a unit, inside a transaction (secret.c). Erasing what is erased is
 * STATUS_OK. */
MUST_USE status_t sqlite_secret_put(struct store *store, const struct store_unit *unit,
                                    int64_t now_ms);
MUST_USE status_t sqlite_secret_delivered(struct store *store, const struct store_unit *unit,
                                          int64_t now_ms);
MUST_USE status_t sqlite_secret_erase_device(struct store *store, const struct store_unit *unit);
/* After a part was erased: the row goes with its last one and counts no longer for its day's salt.
 */
MUST_USE status_t sqlite_secret_gone(struct store *store, int64_t unit_row, const char *seal_day);

/* So many secrets more, or less, that a day's salt seals; inside a transaction (secret.c). */
MUST_USE status_t sqlite_seal_day(struct store *store, const char *day, int64_t more);

/* The unit's row of order data, if it has one, with the reservation (data.c): STATUS_ABORTED when
 * it is not free any more; then the unit takes it. */
MUST_USE status_t sqlite_data_check(struct store *store, const struct store_unit *unit,
                                    struct problem *problem);
MUST_USE status_t sqlite_data_take(struct store *store, const struct store_unit *unit);

/* RESERVED → VOID with its secrets and its counts, inside a transaction (erase.c). STATUS_ABORTED:
 * not reserved any more. */
MUST_USE status_t sqlite_make_void(struct store *store, const struct store_due *due,
                                   struct problem *problem);

/* Refusals of a reservation: all identities of the order are used; the station has too many open.
 */
MUST_USE status_t sqlite_refuse_exhausted(const struct store_order *order, struct problem *problem);
MUST_USE status_t sqlite_refuse_open(uint32_t max_open, struct problem *problem);

/* A unit is no longer open at its station; inside a transaction. */
MUST_USE status_t sqlite_station_less(struct store *store, int64_t unit_row);

/* Appends a leaf with the next sequence, inside a transaction. Its time is at least that of the
 * newest: what is under way is finished whatever the clock says. */
MUST_USE status_t sqlite_append_leaf(struct store *store, struct span leaf, int64_t now_ms);

#endif
