#include "hsm/token.h"

#include <string.h>

#include "hsm/rv.h"
#include "lib/base/buf.h"

enum { SEEN_MAX = 160 }; /* labels shown in a refusal */

/* Token fields are blank padded without a NUL; what is not printable must not reach a terminal. */
static void copy_field(char *ret_text, const unsigned char *padded, size_t size)
{
    while (size > 0 && (padded[size - 1] == ' ' || padded[size - 1] == '\0')) {
        size--;
    }
    memcpy(ret_text, padded, size);
    for (size_t i = 0; i < size; i++) {
        if (padded[i] < 0x20 || padded[i] == 0x7F) {
            ret_text[i] = '?';
        }
    }
    ret_text[size] = '\0';
}

status_t hsm_token_read(const struct hsm_module *module, CK_SLOT_ID slot,
                        struct hsm_token *ret_token)
{
    CK_TOKEN_INFO info = {0};
    if (module->calls->C_GetTokenInfo(slot, &info) != CKR_OK) {
        return STATUS_NOT_FOUND;
    }
    struct hsm_token token = {.slot = slot, .flags = info.flags};
    copy_field(token.label, info.label, sizeof(info.label));
    copy_field(token.serial, info.serialNumber, sizeof(info.serialNumber));
    copy_field(token.manufacturer, info.manufacturerID, sizeof(info.manufacturerID));
    copy_field(token.model, info.model, sizeof(info.model));
    token.software = strcasestr(token.manufacturer, "softhsm") != NULL ||
                     strcasestr(token.model, "softhsm") != NULL;
    *ret_token = token;
    return STATUS_OK;
}

status_t hsm_token_slots(const struct hsm_module *module,
                         CK_SLOT_ID ret_slots[static HSM_SLOTS_MAX], CK_ULONG *ret_count,
                         struct problem *problem)
{
    /* SoftHSM renews its list only when asked for the number first */
    CK_ULONG count = 0;
    TRY(hsm_rv_say(problem, module->calls->C_GetSlotList(CK_TRUE, NULL, &count), "C_GetSlotList"));
    count = HSM_SLOTS_MAX;
    TRY(hsm_rv_say(problem, module->calls->C_GetSlotList(CK_TRUE, ret_slots, &count),
                   "C_GetSlotList"));
    *ret_count = count;
    return STATUS_OK;
}

static bool matches(const struct hsm_token *token, const struct hsm_uri *uri)
{
    return (token->flags & CKF_TOKEN_INITIALIZED) != 0 && strcmp(token->label, uri->token) == 0 &&
           (uri->serial[0] == '\0' || strcmp(token->serial, uri->serial) == 0) &&
           (uri->manufacturer[0] == '\0' || strcmp(token->manufacturer, uri->manufacturer) == 0) &&
           (uri->model[0] == '\0' || strcmp(token->model, uri->model) == 0);
}

static void note_seen(struct buf *seen, const struct hsm_token *token)
{
    if ((token->flags & CKF_TOKEN_INITIALIZED) != 0) {
        buf_print(seen, "%s'%s' serial %s", seen->size > 0 ? ", " : "", token->label,
                  token->serial);
    }
}

static status_t refuse(const struct hsm_uri *uri, size_t found, const struct buf *seen,
                       struct problem *problem)
{
    int shown = (int)seen->size;
    if (found == 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "TOKEN_NOT_FOUND", "token",
                           "no token '%s'%s%s; there is: %.*s. Check the label and, for SoftHSM, "
                           "SOFTHSM2_CONF and whether token.object is empty (restore it)",
                           uri->token, uri->serial[0] != '\0' ? " with serial " : "", uri->serial,
                           shown > 0 ? shown : 7, shown > 0 ? (const char *)seen->data : "nothing");
    }
    return problem_say(problem, STATUS_REFUSED, "TOKEN_AMBIGUOUS", "token",
                       "%zu tokens match '%s': %.*s. Add serial= to the URI", found, uri->token,
                       shown, (const char *)seen->data);
}

status_t hsm_token_find(const struct hsm_module *module, const struct hsm_uri *uri,
                        struct hsm_token *ret_token, struct problem *problem)
{
    CK_SLOT_ID slots[HSM_SLOTS_MAX];
    CK_ULONG count = 0;
    TRY(hsm_token_slots(module, slots, &count, problem));
    AUTO(buf_done) struct buf seen = {0};
    buf_init(&seen, SEEN_MAX);
    struct hsm_token found = {0};
    size_t found_count = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        struct hsm_token token;
        if (hsm_token_read(module, slots[i], &token) != STATUS_OK) {
            continue; /* a broken slot must not hide the good one */
        }
        note_seen(&seen, &token);
        if (matches(&token, uri)) {
            found = token;
            found_count++;
        }
    }
    if (found_count != 1) {
        return refuse(uri, found_count, &seen, problem);
    }
    *ret_token = found;
    return STATUS_OK;
}
