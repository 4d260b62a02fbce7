#include "hsm/report.h"

#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"

#define HEX_BYTES_MAX sizeof(((struct hsm_key *)NULL)->point) /* the longest of what is shown */
_Static_assert(HEX_BYTES_MAX >= HSM_ID_MAX && HEX_BYTES_MAX >= SHA256_SIZE, "hex_json has room");

/* PKCS#11 texts are to be UTF-8 but nobody checks; jansson refuses what is not. */
static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);
    return value != NULL ? value : json_string("(not UTF-8)");
}

json_t *hsm_report_token(const struct hsm_token *token)
{
    json_t *warnings = json_array();
    if (token->software) {
        (void)json_array_append_new(
            warnings,
            json_string("SOFTWARE TOKEN: keys are files of this host; who copies the files "
                        "and the PIN has the keys"));
    }
    if ((token->flags & CKF_USER_PIN_COUNT_LOW) != 0) {
        (void)json_array_append_new(warnings,
                                    json_string("a wrong PIN was tried since the last good login"));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "label", text_json(token->label), "serial",
                     text_json(token->serial), "manufacturer", text_json(token->manufacturer),
                     "model", text_json(token->model), "software", token->software, "warnings",
                     warnings);
}

static json_t *hex_json(struct span bytes)
{
    char text[2 * HEX_BYTES_MAX + 1];
    hex_encode(bytes, text);
    return json_string(text);
}

json_t *hsm_report_key(const char *purpose, const char *name, const struct hsm_key *key,
                       struct span point, const struct hsm_key_policy *policy)
{
    json_t *fingerprint = json_null();
    json_t *public_key = json_null();
    if (point.size > 0) {
        uint8_t digest[SHA256_SIZE];
        digest_sha256(point, digest);
        fingerprint = hex_json(SPAN_OF(digest));
        public_key = hex_json(point);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "purpose", purpose, "name",
                     text_json(name), "label", text_json(key->label), "id",
                     hex_json(span_make(key->id, key->id_size)), "public_key_sha256", fingerprint,
                     "public_key", public_key, "policy", hsm_key_policy_json(policy));
}

status_t hsm_report_print(json_t *json, struct buf *ret_text)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    buf_append_text(ret_text, text);
    free(text);
    return buf_status(ret_text);
}
