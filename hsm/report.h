/* The token report: who holds the keys and what their attributes promise, as JSON. */
#ifndef MINTMARK_HSM_REPORT_H
#define MINTMARK_HSM_REPORT_H

#include "hsm/key_policy.h"
#include "hsm/sign.h"

/* {"label", "serial", "manufacturer", "model", "software", "warnings": […]}; the caller owns it. */
json_t *hsm_report_token(const struct hsm_token *token);

/* {"purpose", "name", "label", "id", "public_key_sha256" | null, "public_key" | null, "policy":
 * {…}}; `point` is empty for a secret key. The caller owns it. */
json_t *hsm_report_key(const char *purpose, const char *name, const struct hsm_key *key,
                       struct span point, const struct hsm_key_policy *policy);

/* Appends compact JSON and frees `json`; NULL is STATUS_NO_MEMORY. */
MUST_USE status_t hsm_report_print(json_t *json, struct buf *ret_text);

#endif
