/* Keys in a token, found once by the exactly-one rule. */
#ifndef MINTMARK_HSM_KEY_H
#define MINTMARK_HSM_KEY_H

#include "hsm/object.h"

enum { HSM_POINT_SIZE = 65 };

struct hsm_key {
    CK_OBJECT_HANDLE handle; /* the private or secret key */
    char label[HSM_LABEL_MAX + 1];
    uint8_t id[HSM_ID_MAX];
    size_t id_size;
    bool has_point; /* a public key object lies beside it */
    uint8_t point[HSM_POINT_SIZE];
};

/* The one private P-256 key, or the one generic secret key, that `uri` names (its class, if given,
 * must agree). Refused: none (KEY_NOT_FOUND), several (KEY_AMBIGUOUS), another curve (KEY_CURVE), a
 * PIN for each use (KEY_ALWAYS_AUTHENTICATE). `field` names the configured place. */
MUST_USE status_t hsm_key_find_ec(const struct hsm_session *session, const struct hsm_uri *uri,
                                  const char *field, struct hsm_key *ret_key,
                                  struct problem *problem);
MUST_USE status_t hsm_key_find_secret(const struct hsm_session *session, const struct hsm_uri *uri,
                                      const char *field, struct hsm_key *ret_key,
                                      struct problem *problem);

/* Reads label, id, curve and point of a private key that was found otherwise. */
MUST_USE status_t hsm_key_read_ec(const struct hsm_session *session, CK_OBJECT_HANDLE handle,
                                  const char *field, struct hsm_key *ret_key,
                                  struct problem *problem);

/* The same for a secret key: label and id. */
MUST_USE status_t hsm_key_read_secret(const struct hsm_session *session, CK_OBJECT_HANDLE handle,
                                      struct hsm_key *ret_key);

/* CKA_EC_POINT as modules write it: the 65 octets, or those in an OCTET STRING. */
MUST_USE status_t hsm_key_unwrap_point(struct span value, uint8_t ret_point[static HSM_POINT_SIZE]);

#endif
