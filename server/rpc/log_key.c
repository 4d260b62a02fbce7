#include "server/rpc/log_key.h"

#include <jansson.h>

#include "lib/base/hex.h"
#include "lib/pki/plain_key.h"

enum { SPKI_SIZE = 91 }; /* of a P-256 key */

/* The log key's public key in hexadecimal; NULL when the token has no log key. Borrows. */
static const char *find(const json_t *report)
{
    const json_t *keys = json_object_get(report, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        const char *purpose = json_string_value(json_object_get(key, "purpose"));
        if (purpose != NULL && strcmp(purpose, "log") == 0) {
            return json_string_value(json_object_get(key, "public_key"));
        }
    }
    return NULL;
}

static status_t read_key(const json_t *report, const char *origin, struct tlog_key *ret_key,
                         struct problem *problem)
{
    AUTO(buf_done) struct buf point;
    AUTO(buf_done) struct buf spki;
    const char *hex = find(report);
    buf_init(&point, PKI_POINT_SIZE);
    buf_init(&spki, SPKI_SIZE);
    if (hex == NULL) {
        return problem_say(problem, STATUS_REFUSED, "LOG_KEY_NONE", "token.log_key",
                           "the server has no key for its log: configure token.log_key");
    }
    TRY(hex_decode(span_text(hex), &point));
    TRY(pki_plain_key_spki(buf_span(&point), &spki));
    return tlog_key_init(origin, buf_span(&spki), ret_key, problem);
}

status_t rpc_log_key(struct span report, const char *origin, struct tlog_key *ret_key,
                     struct problem *problem)
{
    json_t *json = json_loadb((const char *)report.data, report.size, 0, NULL);
    if (json == NULL) {
        return STATUS_INTERNAL; /* our own signer made it */
    }
    status_t status = read_key(json, origin, ret_key, problem);
    json_decref(json);
    return status;
}
