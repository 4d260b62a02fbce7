/* The one place where a PKCS#11 URI (RFC 7512) is read. */
#ifndef MINTMARK_HSM_URI_H
#define MINTMARK_HSM_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "hsm/pkcs11.h"
#include "lib/base/status.h"

enum {
    HSM_URI_MAX = 1024,
    HSM_TOKEN_LABEL_MAX = 32, /* CK_TOKEN_INFO */
    HSM_TOKEN_SERIAL_MAX = 16,
    HSM_TOKEN_MODEL_MAX = 16,
    HSM_LABEL_MAX = 64, /* ours; PKCS#11 has no limit */
    HSM_ID_MAX = 64,
};

/* Which object of which token. Empty texts and id_size 0: not said. */
struct hsm_uri {
    char token[HSM_TOKEN_LABEL_MAX + 1]; /* never empty */
    char serial[HSM_TOKEN_SERIAL_MAX + 1];
    char manufacturer[HSM_TOKEN_LABEL_MAX + 1];
    char model[HSM_TOKEN_MODEL_MAX + 1];
    char object[HSM_LABEL_MAX + 1];
    uint8_t id[HSM_ID_MAX];
    size_t id_size;
    bool has_class;
    CK_OBJECT_CLASS object_class;
};

/* Accepts token (required), serial, manufacturer, model, object, id and type, each once; at least
 * one of object and id. Refuses everything else by name: a second attribute of a name, an unknown
 * one, slots and libraries (the module comes from the configuration), and any query, above all
 * pin-value and pin-source (the PIN comes from its file). `field` names the place for the problem.
 */
MUST_USE status_t hsm_uri_parse(const char *text, const char *field, struct hsm_uri *ret_uri,
                                struct problem *problem);

/* The same for a label in a token, as command lines give them. */
MUST_USE status_t hsm_uri_make(const char *token, const char *object, struct hsm_uri *ret_uri,
                               struct problem *problem);

/* Do both name the same token in the same words? */
bool hsm_uri_same_token(const struct hsm_uri *a, const struct hsm_uri *b);

#endif
