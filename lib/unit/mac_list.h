/* A file of chips: a MAC address each line. */
#ifndef MINTMARK_LIB_UNIT_MAC_LIST_H
#define MINTMARK_LIB_UNIT_MAC_LIST_H

#include "lib/base/buf.h"
#include "lib/unit/name.h"

enum {
    UNIT_MAC_LIST_MAX = 100000, /* chips of one list */
    UNIT_MAC_LIST_LINE_MAX = 64,
    UNIT_MAC_LIST_FILE_MAX = UNIT_MAC_LIST_MAX * UNIT_MAC_LIST_LINE_MAX,
};

/* Lines end in LF or CRLF; empty ones do not count. Appends each address in its canonical form,
 * UNIT_NAME_HARDWARE_ID_SIZE bytes with its NUL. Refused: a line that is no address (the field is
 * "name:line"), one that is there twice, none at all, more than UNIT_MAC_LIST_MAX. `name` is what
 * errors call the file. */
MUST_USE status_t unit_mac_list_read(const char *name, struct span text, struct buf *ret_macs,
                                     struct problem *problem);

#endif
