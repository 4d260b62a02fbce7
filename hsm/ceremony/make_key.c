#include "hsm/ceremony/make_key.h"

#include <string.h>

#include "hsm/rv.h"
#include "hsm/sign.h"
#include "lib/base/digest.h"

/* named curve P-256 as DER OBJECT IDENTIFIER (RFC 5480 §2.1.1.1) */
static const uint8_t p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;
static const CK_ULONG secret_size = 32;

enum { TEMPLATE_MAX = 16 };

struct template
{
    CK_ATTRIBUTE rows[TEMPLATE_MAX];
    CK_ULONG count;
};

static void add(struct template *template, CK_ATTRIBUTE_TYPE type, const void *value, size_t size)
{
    template->rows[template->count++] = hsm_attribute(type, value, size);
}

static void add_flag(struct template *template, CK_ATTRIBUTE_TYPE type, bool value)
{
    add(template, type, value ? &yes : &no, sizeof(CK_BBOOL));
}

static void add_name(struct template *template, const char *label, struct span subject)
{
    add(template, CKA_LABEL, label, strlen(label));
    if (subject.size > 0) {
        add(template, CKA_SUBJECT, subject.data, subject.size);
    }
}

static struct template public_template(bool in_token)
{
    struct template template = {0};
    add_flag(&template, CKA_TOKEN, in_token);
    add_flag(&template, CKA_PRIVATE, false);
    add(&template, CKA_EC_PARAMS, p256, sizeof(p256));
    add_flag(&template, CKA_VERIFY, true);
    add_flag(&template, CKA_VERIFY_RECOVER, false);
    add_flag(&template, CKA_ENCRYPT, false);
    add_flag(&template, CKA_WRAP, false);
    add_flag(&template, CKA_DERIVE, false);
    return template;
}

static struct template private_template(bool in_token)
{
    struct template template = {0};
    add_flag(&template, CKA_TOKEN, in_token);
    add_flag(&template, CKA_PRIVATE, true);
    add_flag(&template, CKA_SENSITIVE, true);
    add_flag(&template, CKA_EXTRACTABLE, false);
    add_flag(&template, CKA_SIGN, true);
    add_flag(&template, CKA_SIGN_RECOVER, false);
    add_flag(&template, CKA_DECRYPT, false);
    add_flag(&template, CKA_UNWRAP, false);
    add_flag(&template, CKA_DERIVE, false);
    return template;
}

struct pair {
    CK_OBJECT_HANDLE public_key;
    CK_OBJECT_HANDLE private_key;
    uint8_t id[SHA1_SIZE];
};

static status_t generate(const struct ceremony_token *token, struct template *public_half,
                         struct template *private_half, struct pair *ret_pair,
                         struct problem *problem)
{
    CK_MECHANISM mechanism = {.mechanism = CKM_EC_KEY_PAIR_GEN};
    struct pair pair = {0};
    CK_RV rv = token->module.calls->C_GenerateKeyPair(
        token->session.handle, &mechanism, public_half->rows, public_half->count,
        private_half->rows, private_half->count, &pair.public_key, &pair.private_key);
    TRY(hsm_rv_say(problem, rv, "C_GenerateKeyPair"));
    AUTO(buf_done) struct buf value = {0};
    buf_init(&value, HSM_ATTRIBUTE_MAX);
    uint8_t point[HSM_POINT_SIZE];
    if (hsm_object_read(&token->session, pair.public_key, CKA_EC_POINT, &value) != STATUS_OK ||
        hsm_key_unwrap_point(buf_span(&value), point) != STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "KEY_POINT", "token",
                           "the token made a key whose public point cannot be read");
    }
    digest_sha1(SPAN_OF(point), pair.id);
    *ret_pair = pair;
    return STATUS_OK;
}

static CK_RV copy(const struct ceremony_token *token, CK_OBJECT_HANDLE from,
                  struct template *changes, CK_OBJECT_HANDLE *ret_object)
{
    return token->module.calls->C_CopyObject(token->session.handle, from, changes->rows,
                                             changes->count, ret_object);
}

/* The pair is made in the session, where it dies with us, and copied into the token complete: with
 * its id and no longer modifiable. CKR_FUNCTION_NOT_SUPPORTED goes back to the caller. */
static CK_RV move_into_token(const struct ceremony_token *token, const struct pair *pair,
                             const char *label, struct span subject)
{
    struct template public_half = {0};
    add_flag(&public_half, CKA_TOKEN, true);
    add(&public_half, CKA_ID, pair->id, sizeof(pair->id));
    add_name(&public_half, label, subject);
    add_flag(&public_half, CKA_MODIFIABLE, false);
    struct template private_half = public_half; /* CKA_COPYABLE: SoftHSM lets no copy change it */
    CK_OBJECT_HANDLE public_copy = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE private_copy = CK_INVALID_HANDLE;
    CK_RV rv = copy(token, pair->public_key, &public_half, &public_copy);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = copy(token, pair->private_key, &private_half, &private_copy);
    if (rv != CKR_OK) {
        (void)token->module.calls->C_DestroyObject(token->session.handle, public_copy);
    }
    return rv;
}

static status_t set_id(const struct ceremony_token *token, CK_OBJECT_HANDLE object,
                       struct pair *pair, struct problem *problem)
{
    CK_ATTRIBUTE id = hsm_attribute(CKA_ID, pair->id, sizeof(pair->id));
    CK_RV rv = token->module.calls->C_SetAttributeValue(token->session.handle, object, &id, 1);
    return hsm_rv_say(problem, rv, "C_SetAttributeValue");
}

/* For tokens without C_CopyObject: the key stays modifiable, which the report then says. */
static status_t make_in_token(const struct ceremony_token *token, const char *label,
                              struct span subject, struct problem *problem)
{
    struct template public_half = public_template(true);
    struct template private_half = private_template(true);
    add_name(&public_half, label, subject);
    add_name(&private_half, label, subject);
    struct pair pair;
    TRY(generate(token, &public_half, &private_half, &pair, problem));
    TRY(set_id(token, pair.public_key, &pair, problem));
    return set_id(token, pair.private_key, &pair, problem);
}

static status_t make(const struct ceremony_token *token, const char *label, struct span subject,
                     struct problem *problem)
{
    struct template public_half = public_template(false);
    struct template private_half = private_template(false);
    struct pair pair;
    TRY(generate(token, &public_half, &private_half, &pair, problem));
    CK_RV rv = move_into_token(token, &pair, label, subject);
    (void)token->module.calls->C_DestroyObject(token->session.handle, pair.private_key);
    (void)token->module.calls->C_DestroyObject(token->session.handle, pair.public_key);
    if (hsm_rv_class(rv) == HSM_RV_REFUSED) {
        return make_in_token(token, label, subject, problem);
    }
    return hsm_rv_say(problem, rv, "C_CopyObject");
}

/* Of any class: a public key or certificate left over under this label would be mixed up with it.
 */
static status_t check_free(const struct ceremony_token *token, const char *label,
                           struct problem *problem)
{
    CK_ATTRIBUTE template = hsm_attribute(CKA_LABEL, label, strlen(label));
    CK_OBJECT_HANDLE found;
    CK_ULONG count = 0;
    TRY(hsm_object_find(&token->session, &template, 1, &found, 1, &count, problem));
    if (count > 0) {
        return problem_say(problem, STATUS_EXISTS, "KEY_EXISTS", label,
                           "token '%s' has an object '%s' already: choose another name",
                           token->session.token.label, label);
    }
    return STATUS_OK;
}

status_t ceremony_make_pair(struct ceremony_token *token, const char *label, struct span subject,
                            struct hsm_key *ret_key, struct problem *problem)
{
    struct hsm_uri uri;
    TRY(hsm_uri_make(token->options->token, label, &uri, problem)); /* checks the label */
    TRY(check_free(token, label, problem));
    TRY(make(token, label, subject, problem));
    TRY(ceremony_token_reopen(token, problem));
    struct hsm_key key;
    struct hsm_sign_context context;
    TRY(ceremony_token_key(token, label, &key, problem));
    TRY(hsm_sign_context(&token->session, &key, &context, problem));
    TRY(hsm_sign_prove(&token->session, &key, SPAN_OF(key.point), label, problem));
    *ret_key = key;
    return STATUS_OK;
}

static status_t generate_secret(const struct ceremony_token *token, const char *label,
                                struct problem *problem)
{
    struct template template = {0};
    add_flag(&template, CKA_TOKEN, true);
    add_flag(&template, CKA_PRIVATE, true);
    add_flag(&template, CKA_SENSITIVE, true);
    add_flag(&template, CKA_EXTRACTABLE, false);
    add_flag(&template, CKA_SIGN, true);
    add_flag(&template, CKA_VERIFY, false);
    add_flag(&template, CKA_ENCRYPT, false);
    add_flag(&template, CKA_DECRYPT, false);
    add_flag(&template, CKA_WRAP, false);
    add_flag(&template, CKA_UNWRAP, false);
    add_flag(&template, CKA_DERIVE, false);
    add_flag(&template, CKA_MODIFIABLE, false);
    add(&template, CKA_VALUE_LEN, &secret_size, sizeof(secret_size));
    add(&template, CKA_LABEL, label, strlen(label));
    CK_MECHANISM mechanism = {.mechanism = CKM_GENERIC_SECRET_KEY_GEN};
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    CK_RV rv = token->module.calls->C_GenerateKey(token->session.handle, &mechanism, template.rows,
                                                  template.count, &handle);
    return hsm_rv_say(problem, rv, "C_GenerateKey");
}

status_t ceremony_make_secret(struct ceremony_token *token, const char *label,
                              struct hsm_key *ret_key, struct problem *problem)
{
    static const uint8_t salt[] = "mintmark ceremony";
    TRY(check_free(token, label, problem));
    TRY(generate_secret(token, label, problem));
    TRY(ceremony_token_reopen(token, problem));
    struct hsm_key key;
    AUTO(secret_wipe) struct secret mac = {0};
    TRY(ceremony_token_secret(token, label, &key, problem));
    TRY(hsm_sign_mac(&token->session, &key, SPAN_OF(salt), &mac, problem));
    *ret_key = key;
    return STATUS_OK;
}

status_t ceremony_make_or_find_pair(struct ceremony_token *token, const char *label,
                                    struct hsm_key *ret_key, bool *ret_made,
                                    struct problem *problem)
{
    struct problem why = {0};
    status_t status = ceremony_token_key(token, label, ret_key, &why);
    if (status == STATUS_NOT_FOUND) {
        *ret_made = true;
        return ceremony_make_pair(token, label, (struct span){0}, ret_key, problem);
    }
    if (status != STATUS_OK) {
        *problem = why;
        return status;
    }
    *ret_made = false;
    return STATUS_OK;
}
