#include "hsm/signer_keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "hsm/pai_certificate.h"
#include "hsm/report.h"
#include "lib/pki/identity_certificate.h"

static status_t read_pai(const struct hsm_signer_pai *configured, struct hsm_signer_key *pai,
                         struct problem *problem)
{
    pai->name = configured->name;
    pai->purpose = "pai";
    (void)snprintf(pai->field, sizeof(pai->field), "pais.%s", configured->name);
    TRY(hsm_uri_parse(configured->key_uri, pai->field, &pai->uri, problem));
    int32_t product_id = -1;
    TRY(hsm_pai_certificate_check(configured->certificate, NULL, pai->field, &pai->certificate,
                                  &pai->vendor_id, &product_id, problem));
    return pki_verify_key_new(pai->certificate.public_key, &pai->verify_key);
}

static status_t read_other(const char *uri, const char *purpose, const char *field,
                           struct hsm_signer_key *key, struct problem *problem)
{
    key->name = purpose;
    key->purpose = purpose;
    (void)snprintf(key->field, sizeof(key->field), "%s", field);
    return hsm_uri_parse(uri, field, &key->uri, problem);
}

static status_t read_identity(const struct hsm_signer_config *config, struct hsm_signer_key *ca,
                              struct problem *problem)
{
    TRY(read_other(config->identity_key_uri, "identity", "identity_ca.key", ca, problem));
    TRY(pki_certificate_parse(config->identity_certificate, &ca->certificate, problem));
    TRY(pki_identity_certificate_check_ca(&ca->certificate, problem));
    return pki_verify_key_new(ca->certificate.public_key, &ca->verify_key);
}

static status_t check_one_token(const struct hsm_uri *first, const struct hsm_signer_key *key,
                                struct problem *problem)
{
    if (hsm_uri_same_token(first, &key->uri)) {
        return STATUS_OK;
    }
    return problem_say(
        problem, STATUS_INVALID, "TOKEN_DIFFERENT", key->field,
        "this key's URI names another token than token.seal_key: a signer logs in to "
        "one token, name it alike in every URI");
}

static status_t check_tokens(const struct hsm_signer_keys *keys, struct problem *problem)
{
    for (size_t i = 0; i < keys->pai_count; i++) {
        TRY(check_one_token(&keys->seal.uri, &keys->pais[i], problem));
    }
    if (keys->has_identity) {
        TRY(check_one_token(&keys->seal.uri, &keys->identity, problem));
    }
    return keys->has_log ? check_one_token(&keys->seal.uri, &keys->log, problem) : STATUS_OK;
}

status_t hsm_signer_keys_read(const struct hsm_signer_config *config,
                              struct hsm_signer_keys *ret_keys, struct problem *problem)
{
    AUTO(hsm_signer_keys_done) struct hsm_signer_keys keys = {0};
    if (config->pai_count > HSM_SIGNER_PAIS_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "PAIS_MAX", "pais", "at most %d PAIs",
                           HSM_SIGNER_PAIS_MAX);
    }
    keys.pais = calloc(config->pai_count + 1, sizeof(*keys.pais)); /* + 1: never of size 0 */
    if (keys.pais == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(read_other(config->seal_key_uri, "seal", "token.seal_key", &keys.seal, problem));
    if (config->log_key_uri != NULL && config->log_key_uri[0] != '\0') {
        TRY(read_other(config->log_key_uri, "log", "token.log_key", &keys.log, problem));
        keys.has_log = true;
    }
    if (config->identity_key_uri != NULL && config->identity_key_uri[0] != '\0') {
        keys.has_identity = true; /* first: done frees what reading began */
        TRY(read_identity(config, &keys.identity, problem));
    }
    for (size_t i = 0; i < config->pai_count; i++) {
        TRY(read_pai(&config->pais[i], &keys.pais[i], problem));
        keys.pai_count++;
    }
    TRY(check_tokens(&keys, problem));
    *ret_keys = keys;
    keys = (struct hsm_signer_keys){0};
    return STATUS_OK;
}

void hsm_signer_keys_done(struct hsm_signer_keys *keys)
{
    for (size_t i = 0; i < keys->pai_count; i++) {
        pki_verify_key_free(keys->pais[i].verify_key);
    }
    pki_verify_key_free(keys->identity.verify_key);
    free(keys->pais);
    *keys = (struct hsm_signer_keys){0};
}

struct hsm_signer_key *hsm_signer_keys_pai(const struct hsm_signer_keys *keys, struct span name)
{
    for (size_t i = 0; i < keys->pai_count; i++) {
        if (span_equal(span_text(keys->pais[i].name), name)) {
            return &keys->pais[i];
        }
    }
    return NULL;
}

/* A key that could have been copied may sign for test vendor ids, and for nobody else. */
static status_t check_class(const struct hsm_signer_key *key, bool test_only,
                            struct problem *problem)
{
    if (key->policy.class != HSM_KEY_DEV || test_only) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "KEY_POLICY", key->field,
                       "key '%s' is of class dev (it can leave the token, or do more than sign), "
                       "allowed only with test vendor ids FFF1 to FFF4: see mintmark-hsm check",
                       key->key.label);
}

/* The key of a certificate: found, of that certificate, judged, and it signs. */
static status_t prove_certified(const struct hsm_session *session, struct hsm_signer_key *key,
                                bool test_only, struct problem *problem)
{
    TRY(hsm_key_find_ec(session, &key->uri, key->field, &key->key, problem));
    struct span point = key->certificate.public_key;
    if (key->key.has_point && !span_equal(SPAN_OF(key->key.point), point)) {
        return problem_say(
            problem, STATUS_REFUSED, "KEY_PAIR", key->field,
            "the certificate is not of key '%s': import the certificate that was issued for this "
            "key",
            key->key.label);
    }
    key->policy = hsm_key_policy_read(session, key->key.handle, HSM_KEY_PRIVATE);
    TRY(check_class(key, test_only, problem));
    return hsm_sign_prove(session, &key->key, point, key->field, problem);
}

static status_t prove_log(const struct hsm_session *session, struct hsm_signer_key *log,
                          struct hsm_sign_context *ret_context, struct problem *problem)
{
    TRY(hsm_key_find_ec(session, &log->uri, log->field, &log->key, problem));
    TRY(hsm_sign_context(session, &log->key, ret_context,
                         problem)); /* its public key must be there */
    log->policy = hsm_key_policy_read(session, log->key.handle, HSM_KEY_PRIVATE);
    return hsm_sign_prove(session, &log->key, SPAN_OF(log->key.point), log->field, problem);
}

/* Nobody else can check a MAC; that the same salt gives the same key is what we rely on. */
static status_t prove_seal(const struct hsm_session *session, struct hsm_signer_key *seal,
                           struct problem *problem)
{
    static const uint8_t salt[] = "mintmark seal key self-test";
    TRY(hsm_key_find_secret(session, &seal->uri, seal->field, &seal->key, problem));
    seal->policy = hsm_key_policy_read(session, seal->key.handle, HSM_KEY_SECRET);
    AUTO(secret_wipe) struct secret first = {0};
    AUTO(secret_wipe) struct secret again = {0};
    TRY(hsm_sign_mac(session, &seal->key, SPAN_OF(salt), &first, problem));
    TRY(hsm_sign_mac(session, &seal->key, SPAN_OF(salt), &again, problem));
    if (!span_equal_secret(secret_span(&first), secret_span(&again))) {
        return problem_say(problem, STATUS_REFUSED, "KEY_SELF_TEST", seal->field,
                           "the seal key gave two answers for one salt: the token is faulty");
    }
    return STATUS_OK;
}

status_t hsm_signer_keys_prove(const struct hsm_session *session, struct hsm_signer_keys *keys,
                               struct problem *problem)
{
    bool test_only = true;
    for (size_t i = 0; i < keys->pai_count; i++) {
        bool test = hsm_pai_certificate_is_test(keys->pais[i].vendor_id);
        TRY(prove_certified(session, &keys->pais[i], test, problem));
        test_only = test_only && test;
    }
    TRY(prove_seal(session, &keys->seal, problem));
    TRY(check_class(&keys->seal, test_only, problem));
    if (keys->has_log) {
        TRY(prove_log(session, &keys->log, &keys->log_context, problem));
        TRY(check_class(&keys->log, test_only, problem));
    }
    return keys->has_identity ? prove_certified(session, &keys->identity, test_only, problem)
                              : STATUS_OK;
}

static json_t *key_json(const struct hsm_signer_key *key, struct span point)
{
    return hsm_report_key(key->purpose, key->name, &key->key, point, &key->policy);
}

status_t hsm_signer_keys_report(const struct hsm_session *session,
                                const struct hsm_signer_keys *keys, struct buf *ret_json)
{
    json_t *list = json_array();
    for (size_t i = 0; i < keys->pai_count; i++) {
        (void)json_array_append_new(list,
                                    key_json(&keys->pais[i], keys->pais[i].certificate.public_key));
    }
    (void)json_array_append_new(list, key_json(&keys->seal, (struct span){0}));
    if (keys->has_log) {
        (void)json_array_append_new(list, key_json(&keys->log, SPAN_OF(keys->log.key.point)));
    }
    if (keys->has_identity) {
        (void)json_array_append_new(
            list, key_json(&keys->identity, keys->identity.certificate.public_key));
    }
    return hsm_report_print(
        json_pack("{s:o, s:o}", "token", hsm_report_token(&session->token), "keys", list),
        ret_json);
}
