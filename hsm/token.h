/* Which token: by label, and serial where given; never by slot number, and never the first of two.
 */
#ifndef MINTMARK_HSM_TOKEN_H
#define MINTMARK_HSM_TOKEN_H

#include "hsm/module.h"
#include "hsm/uri.h"

enum { HSM_SLOTS_MAX = 256 }; /* a module that lists more is not looked through */

struct hsm_token {
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    char label[HSM_TOKEN_LABEL_MAX + 1];
    char serial[HSM_TOKEN_SERIAL_MAX + 1];
    char manufacturer[HSM_TOKEN_LABEL_MAX + 1];
    char model[HSM_TOKEN_MODEL_MAX + 1];
    bool software; /* keys are files of this host, whatever their attributes say */
};

/* Fills *ret_token for the slot; STATUS_NOT_FOUND when the slot does not answer. */
MUST_USE status_t hsm_token_read(const struct hsm_module *module, CK_SLOT_ID slot,
                                 struct hsm_token *ret_token);

/* Slots with a token. */
MUST_USE status_t hsm_token_slots(const struct hsm_module *module,
                                  CK_SLOT_ID ret_slots[static HSM_SLOTS_MAX], CK_ULONG *ret_count,
                                  struct problem *problem);

/* The one initialised token that `uri` names. None or several: refused, with the labels seen. */
MUST_USE status_t hsm_token_find(const struct hsm_module *module, const struct hsm_uri *uri,
                                 struct hsm_token *ret_token, struct problem *problem);

#endif
