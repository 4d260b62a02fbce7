/* What `mintmark payload encode` and `decode` share: the names of flows and discovery capabilities,
 * secrets from standard input, output. */
#ifndef MINTMARK_CLIENT_PAYLOAD_H
#define MINTMARK_CLIENT_PAYLOAD_H

#include "lib/matter/onboarding.h"

enum { PAYLOAD_OUTPUT_MAX = 64 * 1024 };

/* "standard", "user-intent", "custom". */
const char *payload_flow_name(enum matter_flow flow);
bool payload_flow_find(const char *name, enum matter_flow *ret_flow);

/* Bits as product.yaml names them: "ble,on-network". */
bool payload_discovery_find(const char *names, uint8_t *ret_bits);
/* Appends the names, each between `quote`, separated by ", ". */
void payload_discovery_print(uint8_t bits, const char *quote, struct buf *ret_text);

/* `argument`, or with "-" the first line of standard input without its end. Appends. */
MUST_USE status_t payload_read_secret(const char *argument, struct buf *ret_text,
                                      struct problem *problem);

/* A passcode as an argument, or read as payload_read_secret does. */
MUST_USE status_t payload_read_passcode(const char *argument, uint32_t *ret_passcode,
                                        struct problem *problem);

/* Appends a manual code as it is printed on labels: 4-3-4, then 4-3-2-1. */
void payload_print_manual(const char *code, struct buf *ret_text);

/* Writes a secret buffer to standard output; returns the exit code. */
int payload_write(struct buf *output, status_t status, struct problem *problem, bool json);

#endif
