#include <stdio.h>
#include <stdlib.h>

#include "hsm/signer.h"
#include "lib/base/secret.h"
#include "server/config_pass.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/process.h"

enum { PREFIX_MAX = 300 }; /* a trust domain of 255, as config_check allows, and room */

static int fail(const char *what, status_t status)
{
    struct problem problem;
    (void)problem_say(&problem, status, "START", what, "%s", status_text(status));
    log_problem("signer", "start", &problem);
    return EXIT_FAILURE;
}

/* Those whose keys are in the token. */
static struct hsm_signer_pai *list_pais(const Mintmark__V1__Config *config, size_t *ret_count)
{
    struct hsm_signer_pai *pais = calloc(config->n_pais + 1, sizeof(*pais));
    size_t count = 0;
    for (size_t i = 0; pais != NULL && i < config->n_pais; i++) {
        const Mintmark__V1__Pai *pai = config->pais[i]->value;
        if (pai->bought) {
            continue;
        }
        pais[count++] = (struct hsm_signer_pai){
            .name = config->pais[i]->key,
            .key_uri = pai->key,
            .certificate = span_make(pai->certificate_content.data, pai->certificate_content.len),
        };
    }
    *ret_count = count;
    return pais;
}

static int run(const Mintmark__V1__Config *config, const struct hsm_signer_pai *pais,
               size_t pai_count)
{
    char lock_path[PATH_MAX];
    char latch_path[PATH_MAX];
    char highwater_path[PATH_MAX];
    status_t status = paths_in_state(config, PATHS_TOKEN_LOCK, lock_path);
    if (status == STATUS_OK) {
        status = paths_in_state(config, PATHS_PIN_LATCH, latch_path);
    }
    if (status == STATUS_OK) {
        status = paths_in_state(config, PATHS_HIGHWATER, highwater_path);
    }
    if (status != STATUS_OK) {
        return fail("state_directory", status);
    }
    const Mintmark__V1__IdentityCa *ca = config->identity_ca;
    char prefix[PREFIX_MAX];
    char log_prefix[PREFIX_MAX];
    (void)snprintf(log_prefix, sizeof(log_prefix), "%s/", config->site->name);
    (void)snprintf(prefix, sizeof(prefix), "spiffe://%s/station/", config->site->trust_domain);
    const struct hsm_signer_config signer = {
        .module = config->token->module,
        .softhsm2_conf = config->token->softhsm2_conf,
        .seal_key_uri = config->token->seal_key,
        .log_key_uri = config->token->log_key,
        .log_prefix = log_prefix,
        .highwater_path = highwater_path,
        .pais = pais,
        .pai_count = pai_count,
        .lock_path = lock_path,
        .latch_path = latch_path,
        .pin_path = config->token->pin_file,
        .identity_key_uri = ca != NULL ? ca->key : "",
        .identity_certificate =
            ca != NULL ? span_make(ca->certificate_content.data, ca->certificate_content.len)
                       : (struct span){0},
        .identity_prefix = prefix,
    };
    return hsm_signer_main(&signer, PROCESS_SIGNER_WORKER, PROCESS_SIGNER_PIN);
}

int signer_main(enum listener listener)
{
    (void)listener; /* a signer signs for either */
    bool locked = false;
    Mintmark__V1__Config *config = NULL;
    status_t status = secret_process_init(&locked);
    if (status != STATUS_OK) {
        return fail("secret memory", status);
    }
    log_memory_locked("signer", locked);
    status = config_pass_receive(PROCESS_CONFIG, &config);
    if (status != STATUS_OK) {
        return fail("configuration", status);
    }
    size_t count = 0;
    struct hsm_signer_pai *pais = list_pais(config, &count);
    int code = pais != NULL ? run(config, pais, count) : fail("PAIs", STATUS_NO_MEMORY);
    free(pais);
    mintmark__v1__config__free_unpacked(config, NULL);
    return code;
}
