/* Writes an esp_secure_cert partition (SPEC.md §1).
 *
 *     securecert_writer_new(0x2000, &writer, problem);
 *     securecert_writer_add(writer, &entry, problem);
 *     securecert_writer_integrity(writer, problem);
 *     securecert_writer_finish(writer, &image);
 *
 * After a failure only securecert_writer_free is allowed. */
#ifndef MINTMARK_LIB_SECURECERT_WRITER_H
#define MINTMARK_LIB_SECURECERT_WRITER_H

#include "lib/securecert/format.h"

struct securecert_writer;

/* `size` is the partition's: a multiple of 4096 from 0x1000 to 0xF000, else SECURECERT_SIZE. The
 * bytes are secret memory. */
MUST_USE status_t securecert_writer_new(size_t size, struct securecert_writer **ret_writer,
                                        struct problem *problem);
void securecert_writer_free(struct securecert_writer *writer);
OWN_POINTER(struct securecert_writer, securecert_writer_free)

/* Copies the value. Refused: SECURECERT_TYPE, SECURECERT_SUBTYPE, SECURECERT_FLAGS (unknown, or
 * flags of a key on something else), SECURECERT_DUPLICATE, SECURECERT_KEY_LEAK (a value with a
 * marker whose key is not in flash), SECURECERT_AFTER_INTEGRITY, SECURECERT_FULL. The problem's
 * field names the entry. */
MUST_USE status_t securecert_writer_add(struct securecert_writer *writer,
                                        const struct securecert_entry *entry,
                                        struct problem *problem);

/* Adds the INTEGRITY entry: SHA-256 of everything before it. Only signatures may follow. */
MUST_USE status_t securecert_writer_integrity(struct securecert_writer *writer,
                                              struct problem *problem);

/* Appends the partition: exactly `size` bytes, FF behind the entries. */
MUST_USE status_t securecert_writer_finish(struct securecert_writer *writer, struct buf *ret_image);

#endif
