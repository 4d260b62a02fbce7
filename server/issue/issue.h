/* Issuing one unit, exactly once. Start reading at issue.c.
 *
 * This folder knows the store, the token only as two functions, and no protobuf. */
#ifndef MINTMARK_SERVER_ISSUE_ISSUE_H
#define MINTMARK_SERVER_ISSUE_ISSUE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/secret.h"
#include "lib/image/factory_data.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof.h"
#include "lib/unit/product.h"
#include "lib/unit/supplied.h"
#include "server/store/store.h"

enum {
    ISSUE_ATTEMPTS = 16,                  /* look-ups after another call was first */
    ISSUE_PHASES = 7,                     /* as FRAME_PHASES */
    ISSUE_CLOCK_JUMP_MS = 10 * 60 * 1000, /* a clock set by more reserves and erases nothing */
};

/* What the pipeline stands on. All of it belongs to the worker. */
struct issue_environment {
    struct store *store;
    const char *origin;       /* of the log */
    const char *first_origin; /* before any recovery; part of what seals secrets */
    const char *salt_folder;  /* day salts, outside the database and its backup */
    void *token;              /* context of the functions below */
    status_t (*sign_dac)(void *token, const char *pai, struct span tbs, struct buf *ret_signature,
                         struct problem *problem);
    /* `last`: the number of the PAI's list before (hsm/client.h) */
    status_t (*sign_crl)(void *token, const char *pai, uint32_t last, struct span tbs,
                         struct buf *ret_signature, struct problem *problem);
    status_t (*sign_identity)(void *token, struct span tbs, struct buf *ret_signature,
                              struct problem *problem);
    status_t (*derive_key)(void *token, struct span salt, struct secret *ret_key,
                           struct problem *problem);
    const char *highwater; /* file of the last checkpoint signed; NULL: no log key */
    status_t (*sign_checkpoint)(void *token, const struct tlog_checkpoint *checkpoint,
                                uint64_t old_size, const struct tlog_proof *proof,
                                struct buf *ret_note, struct problem *problem);
    void *products; /* context of find_product */
    status_t (*find_product)(void *products, const char *name, uint32_t revision,
                             const struct unit_product **ret_product, struct problem *problem);
    void *rows; /* context of read_row */
    /* Decodes a row of order data; ret_supplied borrows until the call of the server ends. */
    status_t (*read_row)(void *rows, struct span row, struct unit_supplied *ret_supplied,
                         struct problem *problem);
    const struct unit_pai *pais; /* of the configuration */
    size_t pai_count;
    const struct pki_certificate *identity_ca; /* NULL: stations bring certificates */
    uint32_t identity_days;                    /* that a certificate of it is valid */
    int64_t (*now_ms)(void);                   /* Unix time in ms */
    int64_t (*monotonic_ms)(void);             /* never set, never jumps */
    int64_t clock_offset_ms;           /* now_ms() - monotonic_ms() when this process began */
    unsigned allow_classes;            /* bit per enum unit_class */
    struct issue_seal_keys *seal_keys; /* day keys derived so far (seal.h) */
    uint32_t max_open;                 /* units of one station that it has not reported */
    bool repeat_to_line; /* a repeat goes to any station of the reserving one's line */
    struct {
        int64_t device_ms; /* device secrets, after the last delivery */
        int64_t codes_ms;  /* onboarding codes, after the order was closed */
    } retention;
};

struct issue_request {
    const char *identity; /* of the station */
    const char *line;     /* the station's, "" when it has none */
    const char *order;
    const char *unit_id;     /* "": the hardware id */
    const char *hardware_id; /* "": not known */
    const char *chip;        /* "esp32c6"; "": not read */
    enum store_key_source key_source;
    struct span csr;     /* with STORE_KEY_CSR */
    int64_t deadline_ms; /* no reservation is begun after it */
};

struct issue_result {
    struct store_unit unit; /* as recorded: certificate, serial number, record id */
    const struct unit_product *product;
    struct secret secrets;        /* struct unit_secrets; empty for a CSR unit */
    struct secret row;            /* of order data, as it came; empty without one */
    struct secret supplied;       /* struct unit_supplied; empty without a row */
    struct image_set set;         /* empty for a CSR unit */
    char qr_code[MATTER_QR_SIZE]; /* both empty with a dynamic passcode */
    char manual_code[MATTER_MANUAL_SIZE];
    bool repeated;
    uint32_t phase_us[ISSUE_PHASES];
};
void issue_result_done(struct issue_result *result); /* wipes; accepts a zeroed struct */
OWN_VALUE(struct issue_result, issue_result_done)

/* Issues the unit, resumes it, or delivers the same bytes again. ret_result is a zeroed struct. */
MUST_USE status_t issue_unit(const struct issue_environment *environment,
                             const struct issue_request *request, struct issue_result *ret_result,
                             struct problem *problem);

#endif
