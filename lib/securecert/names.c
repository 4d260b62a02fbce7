#include "lib/securecert/names.h"

#include <stdio.h>

/* Entries that Matter firmware or its tools use; others are told by their numbers. */
static const struct {
    uint8_t type;
    uint8_t subtype;
    const char *name;
} names[] = {
    {SECURECERT_CA_CERT, 0, "pai"},
    {SECURECERT_DEV_CERT, 0, "dac"},
    {SECURECERT_PRIV_KEY, 0, "private-key"},
    {SECURECERT_DS_DATA, 0, "ds-data"},
    {SECURECERT_DS_CONTEXT, 0, "ds-context"},
    {SECURECERT_HMAC_SALT, 0, "hmac-salt"},
    {SECURECERT_SEC_CFG, 0, "sec-cfg"},
    {SECURECERT_MATTER_1, SECURECERT_DISCRIMINATOR, "matter.discriminator"},
    {SECURECERT_MATTER_1, SECURECERT_VERIFIER, "matter.verifier"},
    {SECURECERT_MATTER_1, SECURECERT_SALT, "matter.salt"},
    {SECURECERT_MATTER_1, SECURECERT_ITERATIONS, "matter.iterations"},
    {SECURECERT_MATTER_1, SECURECERT_ROTATING_ID, "matter.rotating-id"},
    {SECURECERT_MATTER_1, SECURECERT_RANDOM_1, "matter.random-1"},
    {SECURECERT_MATTER_1, SECURECERT_RANDOM_2, "matter.random-2"},
};

/* The first part of the name where only the type is known; NULL when not even that. */
static const char *type_name(uint8_t type)
{
    static const char *const user_data[] = {"user-data-1", "user-data-2", "user-data-3",
                                            "user-data-4", "user-data-5"};
    if (type >= SECURECERT_USER_DATA_1 && type <= SECURECERT_USER_DATA_5) {
        return user_data[type - SECURECERT_USER_DATA_1];
    }
    switch (type) {
    case SECURECERT_CA_CERT:
        return "ca-cert";
    case SECURECERT_DEV_CERT:
        return "dev-cert";
    case SECURECERT_PRIV_KEY:
        return "private-key";
    case SECURECERT_TEE_KEY:
        return "tee-key";
    case SECURECERT_SIGNATURE:
        return "signature";
    case SECURECERT_INTEGRITY:
        return "integrity";
    case SECURECERT_MATTER_1:
        return "matter";
    case SECURECERT_MATTER_2:
        return "matter-2";
    default:
        return NULL;
    }
}

void securecert_names_entry(uint8_t type, uint8_t subtype, char *ret_name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (names[i].type == type && names[i].subtype == subtype) {
            (void)snprintf(ret_name, SECURECERT_NAME_MAX, "%s", names[i].name);
            return;
        }
    }
    const char *name = type_name(type);
    if (name != NULL) {
        (void)snprintf(ret_name, SECURECERT_NAME_MAX, "%s.%u", name, subtype);
    } else {
        (void)snprintf(ret_name, SECURECERT_NAME_MAX, "type-%u.%u", type, subtype);
    }
}

const char *securecert_names_flags(uint8_t flags)
{
    switch (flags) {
    case SECURECERT_PLAIN:
        return "plain";
    case SECURECERT_KEY_IN_EFUSE:
        return "key-in-efuse";
    case SECURECERT_KEY_FROM_HMAC:
        return "key-from-hmac";
    case SECURECERT_HMAC_ENCRYPTED:
        return "hmac-encrypted";
    default:
        return NULL;
    }
}

bool securecert_names_is_marker(uint8_t flags)
{
    return flags == SECURECERT_KEY_IN_EFUSE || flags == SECURECERT_KEY_FROM_HMAC;
}

status_t securecert_names_check(const struct securecert_entry *entry, struct problem *problem)
{
    char name[SECURECERT_NAME_MAX];
    securecert_names_entry(entry->type, entry->subtype, name);
    if (entry->type == SECURECERT_END || entry->type >= SECURECERT_TYPE_MAX) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_TYPE", name,
                           "types 50, 254 and 255 are questions to the firmware's reader, no "
                           "entries: give another type");
    }
    if (entry->subtype > SECURECERT_SUBTYPE_MAX) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_SUBTYPE", name,
                           "subtypes go from 0 to %d: give another", SECURECERT_SUBTYPE_MAX);
    }
    if (securecert_names_flags(entry->flags) == NULL ||
        (securecert_names_is_marker(entry->flags) && entry->type != SECURECERT_PRIV_KEY)) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_FLAGS", name,
                           "flags 0x%02X do not exist for this type: they are 00 or 80, and 08 or "
                           "40 for a private key",
                           entry->flags);
    }
    return STATUS_OK;
}

status_t securecert_names_check_marker(const struct securecert_entry *entry,
                                       struct problem *problem)
{
    if (!securecert_names_is_marker(entry->flags) || entry->value.size == 0) {
        return STATUS_OK;
    }
    char name[SECURECERT_NAME_MAX];
    securecert_names_entry(entry->type, entry->subtype, name);
    return problem_say(problem, STATUS_REFUSED, "SECURECERT_KEY_LEAK", name,
                       "the flags say that the key is not in flash, yet the entry holds %zu bytes: "
                       "if they are the key it is exposed; issue a new one, leave the value empty",
                       entry->value.size);
}
