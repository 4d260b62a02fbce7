/* A SoftHSM token in a temporary folder, made by mintmark-hsm through the fault shim, and signer
 * processes on it. Skips the test when SoftHSM is not installed. */
#ifndef MINTMARK_TESTS_UNIT_HSM_FIXTURE_H
#define MINTMARK_TESTS_UNIT_HSM_FIXTURE_H

#include <sys/types.h>

#include "hsm/client.h"
#include "hsm/signer.h"
#include "lib/pki/certificate.h"
#include "tests/fault/shim/shim.h"
#include "tests/support/test.h"

#define FIXTURE_PAI_URI "pkcs11:token=mint;object=acme"
#define FIXTURE_SEAL_URI "pkcs11:token=mint;object=mintmark-seal"
#define FIXTURE_LOG_URI "pkcs11:token=mint;object=mintmark-log"

struct fixture {
    char folder[128]; /* working directory of the test */
    char module[160]; /* a copy of the shim that nobody else can write */
    char conf[160];
    char pin[160];
    char state[160]; /* folder of lock and latch */
    char lock[180];
    char latch[180];
    char highwater[180];
    struct shim_control *control;
    struct buf pai; /* DER */
    struct buf paa; /* DER */
};

/* cmocka group functions; *state is the struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Runs mintmark-hsm with these words plus --module, --token, --pin-file, --softhsm2-conf, --lock
 * and
 * --latch; output goes to the file "output". Returns the exit code. */
int fixture_ceremony(struct fixture *fixture, const char *const *words);
#define CEREMONY(fixture, ...) fixture_ceremony((fixture), (const char *const[]){__VA_ARGS__, NULL})

/* The configuration of a signer on this token with the PAI "acme" (kept in *ret_pai). */
struct hsm_signer_config fixture_config(const struct fixture *fixture,
                                        struct hsm_signer_pai *ret_pai);

struct fixture_signer {
    pid_t pid;
    int socket; /* of the test, until a client takes it */
};

/* Forks a signer on the PIN file; as `user` unless 0. */
struct fixture_signer fixture_spawn(const struct hsm_signer_config *config, uid_t user);

/* Spawns and opens a client. */
status_t fixture_start(const struct hsm_signer_config *config, pid_t *ret_pid,
                       struct hsm_client **ret_client, struct problem *problem);

/* Waits for the end; the exit code, or 128 + the signal. */
int fixture_wait(pid_t pid);

/* A linted DAC TBS of a fresh key under the PAI certificate. */
struct buf fixture_dac_tbs(const struct pki_certificate *pai);

#endif
