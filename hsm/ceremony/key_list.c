#include "hsm/ceremony/key_list.h"

status_t ceremony_key_list(const struct ceremony_token *token, bool secret,
                           CK_OBJECT_HANDLE ret_keys[static CEREMONY_KEYS_MAX], CK_ULONG *ret_count,
                           struct problem *problem)
{
    CK_OBJECT_CLASS class = secret ? CKO_SECRET_KEY : CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = secret ? CKK_GENERIC_SECRET : CKK_EC;
    CK_ATTRIBUTE template[2] = {hsm_attribute(CKA_CLASS, &class, sizeof(class)),
                                hsm_attribute(CKA_KEY_TYPE, &type, sizeof(type))};
    return hsm_object_find(&token->session, template, 2, ret_keys, CEREMONY_KEYS_MAX, ret_count,
                           problem);
}
