/* What entries are called in messages and listings, and the rules of a single header. */
#ifndef MINTMARK_LIB_SECURECERT_NAMES_H
#define MINTMARK_LIB_SECURECERT_NAMES_H

#include "lib/securecert/format.h"

enum { SECURECERT_NAME_MAX = 48 };

/* "dac", "matter.verifier", "user-data-2.0", "type-77.3". ret_name has SECURECERT_NAME_MAX places.
 */
void securecert_names_entry(uint8_t type, uint8_t subtype, char *ret_name);

/* "plain", "key-in-efuse", …; NULL for a combination of bits that has no meaning. */
const char *securecert_names_flags(uint8_t flags);

/* Flags by which a PRIV_KEY says that the key is not in flash. */
bool securecert_names_is_marker(uint8_t flags);

/* The rules every stored header keeps (SPEC.md §1.1, §1.2): SECURECERT_TYPE, SECURECERT_SUBTYPE,
 * SECURECERT_FLAGS. */
MUST_USE status_t securecert_names_check(const struct securecert_entry *entry,
                                         struct problem *problem);

/* SECURECERT_KEY_LEAK when a marker has a value (SPEC.md §3.2). */
MUST_USE status_t securecert_names_check_marker(const struct securecert_entry *entry,
                                                struct problem *problem);

#endif
