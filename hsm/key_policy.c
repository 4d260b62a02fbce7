#include "hsm/key_policy.h"

#include <stdio.h>

enum decides { DECIDES_CLASS, DECIDES_ORIGIN, DECIDES_NOTE };

static const struct {
    CK_ATTRIBUTE_TYPE type;
    const char *name;
    enum hsm_answer wanted;
    unsigned kinds;
    enum decides decides;
} table[HSM_KEY_ATTRIBUTE_COUNT] = {
#define POLICY_ROW(type, name, wanted, kinds, decides)                                             \
    {type, name, wanted, kinds, DECIDES_##decides},
    HSM_KEY_ATTRIBUTES(POLICY_ROW)
#undef POLICY_ROW
};

static bool is_wrong(size_t row, enum hsm_key_kind kind, enum hsm_answer answer)
{
    return (table[row].kinds & kind) != 0 && answer != table[row].wanted;
}

enum hsm_key_class hsm_key_policy_judge(enum hsm_key_kind kind,
                                        const enum hsm_answer answers[HSM_KEY_ATTRIBUTE_COUNT])
{
    enum hsm_key_class class = HSM_KEY_STRICT;
    for (size_t i = 0; i < HSM_KEY_ATTRIBUTE_COUNT; i++) {
        if (!is_wrong(i, kind, answers[i])) {
            continue;
        }
        if (table[i].decides == DECIDES_CLASS) {
            return HSM_KEY_DEV;
        }
        if (table[i].decides == DECIDES_ORIGIN) {
            if (answers[i] == HSM_UNKNOWN) {
                return HSM_KEY_DEV; /* a replica says where it is from; silence is not an answer */
            }
            class = HSM_KEY_REPLICA;
        }
    }
    return class;
}

struct hsm_key_policy hsm_key_policy_read(const struct hsm_session *session,
                                          CK_OBJECT_HANDLE handle, enum hsm_key_kind kind)
{
    struct hsm_key_policy policy = {.kind = kind};
    for (size_t i = 0; i < HSM_KEY_ATTRIBUTE_COUNT; i++) {
        policy.answers[i] = (table[i].kinds & kind) != 0
                                ? hsm_object_is(session, handle, table[i].type)
                                : HSM_UNKNOWN;
    }
    policy.class = hsm_key_policy_judge(kind, policy.answers);
    return policy;
}

const char *hsm_key_policy_name(enum hsm_key_class class)
{
    static const char *const names[] = {"strict", "replica", "dev"};
    return names[class];
}

static json_t *answer_json(enum hsm_answer answer)
{
    return answer == HSM_UNKNOWN ? json_null() : json_boolean(answer == HSM_YES);
}

static void add_finding(json_t *findings, size_t row, enum hsm_answer answer)
{
    char text[96];
    if (table[row].decides == DECIDES_NOTE && answer == HSM_UNKNOWN) {
        return; /* the token does not offer it */
    }
    (void)snprintf(text, sizeof(text), "%s is %s, expected %s", table[row].name,
                   answer == HSM_UNKNOWN ? "unreadable" : (answer == HSM_YES ? "true" : "false"),
                   table[row].wanted == HSM_YES ? "true" : "false");
    (void)json_array_append_new(findings, json_string(text));
}

json_t *hsm_key_policy_json(const struct hsm_key_policy *policy)
{
    json_t *attributes = json_object();
    json_t *findings = json_array();
    for (size_t i = 0; i < HSM_KEY_ATTRIBUTE_COUNT; i++) {
        if ((table[i].kinds & policy->kind) == 0) {
            continue;
        }
        (void)json_object_set_new(attributes, table[i].name, answer_json(policy->answers[i]));
        if (is_wrong(i, policy->kind, policy->answers[i])) {
            add_finding(findings, i, policy->answers[i]);
        }
    }
    return json_pack("{s:s, s:o, s:o}", "class", hsm_key_policy_name(policy->class), "attributes",
                     attributes, "findings", findings);
}
