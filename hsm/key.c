#include "hsm/key.h"

#include <string.h>

#include "hsm/rv.h"
#include "lib/pki/der.h"
#include "lib/pki/oid.h"

status_t hsm_key_unwrap_point(struct span value, uint8_t ret_point[static HSM_POINT_SIZE])
{
    if (value.size == HSM_POINT_SIZE + 2 && value.data[0] == 0x04 &&
        value.data[1] == HSM_POINT_SIZE) {
        value = span_make(value.data + 2, HSM_POINT_SIZE);
    }
    if (value.size != HSM_POINT_SIZE || value.data[0] != 0x04) {
        return STATUS_MALFORMED;
    }
    memcpy(ret_point, value.data, HSM_POINT_SIZE);
    return STATUS_OK;
}

static const char *shown(const struct hsm_uri *uri)
{
    return uri->object[0] != '\0' ? uri->object : "(by id)";
}

/* Asks for two: a second key of the same name is a mistake that must be seen, not a choice. */
static status_t find_one(const struct hsm_session *session, const struct hsm_uri *uri,
                         CK_OBJECT_CLASS class, CK_KEY_TYPE type, const char *field,
                         CK_OBJECT_HANDLE *ret_handle, struct problem *problem)
{
    if (uri->has_class && uri->object_class != class) {
        return problem_say(problem, STATUS_INVALID, "KEY_CLASS", field,
                           "the URI's type is not the kind of key used here: remove type=");
    }
    CK_ATTRIBUTE template[4] = {
        hsm_attribute(CKA_CLASS, &class, sizeof(class)),
        hsm_attribute(CKA_KEY_TYPE, &type, sizeof(type)),
    };
    CK_ULONG count = 2;
    if (uri->object[0] != '\0') {
        template[count++] = hsm_attribute(CKA_LABEL, uri->object, strlen(uri->object));
    }
    if (uri->id_size > 0) {
        template[count++] = hsm_attribute(CKA_ID, uri->id, uri->id_size);
    }
    CK_OBJECT_HANDLE found[2];
    CK_ULONG found_count = 0;
    TRY(hsm_object_find(session, template, count, found, 2, &found_count, problem));
    if (found_count == 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "KEY_NOT_FOUND", field,
                           "token '%s' has no %s key '%s': list its keys with mintmark-hsm check",
                           session->token.label, class == CKO_SECRET_KEY ? "secret" : "P-256",
                           shown(uri));
    }
    if (found_count > 1) {
        return problem_say(problem, STATUS_REFUSED, "KEY_AMBIGUOUS", field,
                           "token '%s' has more than one key '%s': add id=%%XX… to the URI, or "
                           "remove the wrong one",
                           session->token.label, shown(uri));
    }
    *ret_handle = found[0];
    return STATUS_OK;
}

static status_t read_name(const struct hsm_session *session, CK_OBJECT_HANDLE handle,
                          struct hsm_key *key)
{
    AUTO(buf_done) struct buf label = {0};
    buf_init(&label, HSM_LABEL_MAX);
    status_t status = hsm_object_read(session, handle, CKA_LABEL, &label);
    if (status == STATUS_OK && label.size > 0) {
        memcpy(key->label, label.data, label.size);
    }
    AUTO(buf_done) struct buf id = {0};
    buf_init(&id, HSM_ID_MAX);
    status = hsm_object_read(session, handle, CKA_ID, &id);
    if (status == STATUS_OK && id.size > 0) {
        memcpy(key->id, id.data, id.size);
        key->id_size = id.size;
    }
    return STATUS_OK; /* a key may have neither; it was found by what it has */
}

/* Only a hint: a key is proved by a signature (SPEC.md §4). Silent when there is not exactly one.
 */
static status_t read_point(const struct hsm_session *session, struct hsm_key *key,
                           struct problem *problem)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE template[2] = {hsm_attribute(CKA_CLASS, &class, sizeof(class))};
    template[1] = key->id_size > 0 ? hsm_attribute(CKA_ID, key->id, key->id_size)
                                   : hsm_attribute(CKA_LABEL, key->label, strlen(key->label));
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    TRY(hsm_object_find(session, template, 2, found, 2, &count, problem));
    AUTO(buf_done) struct buf value = {0};
    buf_init(&value, HSM_ATTRIBUTE_MAX);
    key->has_point = count == 1 &&
                     hsm_object_read(session, found[0], CKA_EC_POINT, &value) == STATUS_OK &&
                     hsm_key_unwrap_point(buf_span(&value), key->point) == STATUS_OK;
    return STATUS_OK;
}

/* CKA_EC_PARAMS holds the curve's name as a DER OBJECT IDENTIFIER (or, refused, its numbers). */
static bool is_p256(const struct hsm_session *session, CK_OBJECT_HANDLE handle)
{
    AUTO(buf_done) struct buf params = {0};
    buf_init(&params, HSM_ATTRIBUTE_MAX);
    if (hsm_object_read(session, handle, CKA_EC_PARAMS, &params) != STATUS_OK) {
        return false;
    }
    struct span rest = buf_span(&params);
    struct span oid;
    return pki_der_take_oid(&rest, &oid) == STATUS_OK && rest.size == 0 &&
           span_equal(oid, pki_oid_p256);
}

status_t hsm_key_read_ec(const struct hsm_session *session, CK_OBJECT_HANDLE handle,
                         const char *field, struct hsm_key *ret_key, struct problem *problem)
{
    struct hsm_key key = {.handle = handle};
    if (!is_p256(session, handle)) {
        return problem_say(problem, STATUS_REFUSED, "KEY_CURVE", field,
                           "the key is not on P-256 (named curve): Matter allows no other");
    }
    if (hsm_object_is(session, handle, CKA_ALWAYS_AUTHENTICATE) == HSM_YES) {
        return problem_say(problem, STATUS_REFUSED, "KEY_ALWAYS_AUTHENTICATE", field,
                           "the key wants the PIN for every signature; this service does not keep "
                           "it: make a key without CKA_ALWAYS_AUTHENTICATE");
    }
    TRY(read_name(session, handle, &key));
    TRY(read_point(session, &key, problem));
    *ret_key = key;
    return STATUS_OK;
}

status_t hsm_key_find_ec(const struct hsm_session *session, const struct hsm_uri *uri,
                         const char *field, struct hsm_key *ret_key, struct problem *problem)
{
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    TRY(find_one(session, uri, CKO_PRIVATE_KEY, CKK_EC, field, &handle, problem));
    return hsm_key_read_ec(session, handle, field, ret_key, problem);
}

status_t hsm_key_find_secret(const struct hsm_session *session, const struct hsm_uri *uri,
                             const char *field, struct hsm_key *ret_key, struct problem *problem)
{
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    TRY(find_one(session, uri, CKO_SECRET_KEY, CKK_GENERIC_SECRET, field, &handle, problem));
    return hsm_key_read_secret(session, handle, ret_key);
}

status_t hsm_key_read_secret(const struct hsm_session *session, CK_OBJECT_HANDLE handle,
                             struct hsm_key *ret_key)
{
    struct hsm_key key = {.handle = handle};
    TRY(read_name(session, handle, &key));
    *ret_key = key;
    return STATUS_OK;
}
