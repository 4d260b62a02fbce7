/* What a key's attributes promise, judged into a class (SPEC.md §5). They are the module's word,
 * not a proof; the report shows every one of them. */
#ifndef MINTMARK_HSM_KEY_POLICY_H
#define MINTMARK_HSM_KEY_POLICY_H

#include <jansson.h>

#include "hsm/object.h"

enum hsm_key_kind { HSM_KEY_PRIVATE = 1, HSM_KEY_SECRET = 2 };

enum hsm_key_class {
    HSM_KEY_STRICT,  /* made in this token, never outside, for signing only */
    HSM_KEY_REPLICA, /* the same, but it was wrapped in from another token */
    HSM_KEY_DEV,     /* anything else: for test vendor ids only */
};

#define HSM_KEY_ATTRIBUTES(X)                                                                      \
    /* attribute, JSON name, value wanted, kinds it applies to, what it decides */                 \
    X(CKA_TOKEN, "token", HSM_YES, 3, CLASS)                                                       \
    X(CKA_PRIVATE, "private", HSM_YES, 3, CLASS)                                                   \
    X(CKA_SENSITIVE, "sensitive", HSM_YES, 3, CLASS)                                               \
    X(CKA_EXTRACTABLE, "extractable", HSM_NO, 3, CLASS)                                            \
    X(CKA_SIGN, "sign", HSM_YES, 3, CLASS)                                                         \
    X(CKA_SIGN_RECOVER, "sign_recover", HSM_NO, 1, CLASS)                                          \
    X(CKA_DECRYPT, "decrypt", HSM_NO, 3, CLASS)                                                    \
    X(CKA_UNWRAP, "unwrap", HSM_NO, 3, CLASS)                                                      \
    X(CKA_DERIVE, "derive", HSM_NO, 3, CLASS)                                                      \
    X(CKA_ENCRYPT, "encrypt", HSM_NO, 2, CLASS)                                                    \
    X(CKA_WRAP, "wrap", HSM_NO, 2, CLASS)                                                          \
    X(CKA_ALWAYS_SENSITIVE, "always_sensitive", HSM_YES, 3, ORIGIN)                                \
    X(CKA_NEVER_EXTRACTABLE, "never_extractable", HSM_YES, 3, ORIGIN)                              \
    X(CKA_LOCAL, "local", HSM_YES, 3, ORIGIN)                                                      \
    X(CKA_MODIFIABLE, "modifiable", HSM_NO, 3, NOTE)                                               \
    X(CKA_COPYABLE, "copyable", HSM_NO, 3, NOTE)

enum hsm_key_attribute {
#define HSM_KEY_ENUM(type, name, wanted, kinds, decides) HSM_KEY_AT_##type,
    HSM_KEY_ATTRIBUTES(HSM_KEY_ENUM)
#undef HSM_KEY_ENUM
        HSM_KEY_ATTRIBUTE_COUNT
};

struct hsm_key_policy {
    enum hsm_key_kind kind;
    enum hsm_key_class class;
    enum hsm_answer answers[HSM_KEY_ATTRIBUTE_COUNT];
};

/* The class that follows from the answers; unknown counts as wrong. */
enum hsm_key_class hsm_key_policy_judge(enum hsm_key_kind kind,
                                        const enum hsm_answer answers[HSM_KEY_ATTRIBUTE_COUNT]);

struct hsm_key_policy hsm_key_policy_read(const struct hsm_session *session,
                                          CK_OBJECT_HANDLE handle, enum hsm_key_kind kind);

const char *hsm_key_policy_name(enum hsm_key_class class); /* "strict", "replica", "dev" */

/* {"class", "attributes": {name: true | false | null}, "findings": ["…"]}; NULL: out of memory.
 * The caller owns it. */
json_t *hsm_key_policy_json(const struct hsm_key_policy *policy);

#endif
