/* Reads an esp_secure_cert partition independently of the writer: every entry the firmware would
 * walk over, each checked, where the firmware checks only the one it looks for (SPEC.md §2). */
#ifndef MINTMARK_LIB_SECURECERT_READER_H
#define MINTMARK_LIB_SECURECERT_READER_H

#include "lib/securecert/format.h"

struct securecert_reader;

/* Reads and checks the whole image; its entries borrow from the image. Reasons: SECURECERT_SIZE
 * (beyond 64 KiB), SECURECERT_EMPTY, SECURECERT_CUT, SECURECERT_RESERVED, SECURECERT_CRC,
 * SECURECERT_PADDING, SECURECERT_DUPLICATE, SECURECERT_END and those of securecert_names_check. The
 * problem's field names the offset or the entry. */
MUST_USE status_t securecert_reader_new(struct span image, struct securecert_reader **ret_reader,
                                        struct problem *problem);
void securecert_reader_free(struct securecert_reader *reader);
OWN_POINTER(struct securecert_reader, securecert_reader_free)

size_t securecert_reader_count(const struct securecert_reader *reader);
/* In the order of the partition. */
const struct securecert_entry *securecert_reader_entry(const struct securecert_reader *reader,
                                                       size_t index);
/* NULL when absent. */
const struct securecert_entry *securecert_reader_find(const struct securecert_reader *reader,
                                                      uint8_t type, uint8_t subtype);

struct span securecert_reader_image(const struct securecert_reader *reader);
/* Bytes of the entries: where the FF begin. */
size_t securecert_reader_used(const struct securecert_reader *reader);
/* Whether the entries are followed by FF FF 00 00, as Espressif's tool leaves them, before the FF.
 */
bool securecert_reader_has_foreign_end(const struct securecert_reader *reader);

#endif
