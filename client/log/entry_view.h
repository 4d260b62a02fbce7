/* An entry of the log, for people and for programs. */
#ifndef MINTMARK_CLIENT_LOG_ENTRY_VIEW_H
#define MINTMARK_CLIENT_LOG_ENTRY_VIEW_H

#include "lib/event/event.h"

/* Appends a line: index, time, type, then what it says; long bytes are cut. An entry that this
 * program cannot read is shown as it is. */
void log_entry_view_line(uint64_t index, struct span entry, struct buf *ret_text);

/* Appends {"index": 7, "entry": {…}}, one line without its end; the entry as the log has it, or
 * its bytes in hexadecimal when this program cannot read them. */
void log_entry_view_json(uint64_t index, struct span entry, struct buf *ret_json);

#endif
