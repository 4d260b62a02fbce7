#include "server/issue/crl.h"

#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/base/signer.h"
#include "lib/matter/crl.h"
#include "server/issue/authorize.h"
#include "server/issue/leaf.h"

/* One list on its way. */
struct work {
    const struct issue_environment *environment;
    const struct unit_pai *pai;
    struct store_crl crl; /* the newest one */
    struct problem *problem;
};

static void digest_issuer(struct span name, struct span key_id,
                          uint8_t ret_issuer[static STORE_ISSUER_SIZE])
{
    uint8_t digests[2 * SHA256_SIZE];
    digest_sha256(name, digests);
    digest_sha256(key_id, digests + SHA256_SIZE);
    digest_sha256(SPAN_OF(digests), ret_issuer);
}

void issue_crl_issuer(const struct unit_pai *pai, uint8_t ret_issuer[static STORE_ISSUER_SIZE])
{
    digest_issuer(pai->certificate.subject, pai->certificate.subject_key_id, ret_issuer);
}

const struct unit_pai *issue_crl_issuer_of(const struct issue_environment *environment,
                                           struct span tbs)
{
    struct pki_certificate parsed;
    if (pki_certificate_parse_tbs(tbs, &parsed, NULL) != STATUS_OK) {
        return NULL;
    }
    for (size_t i = 0; i < environment->pai_count; i++) {
        const struct pki_certificate *pai = &environment->pais[i].certificate;
        if (span_equal(parsed.issuer, pai->subject) &&
            span_equal(parsed.authority_key_id, pai->subject_key_id)) {
            return &environment->pais[i];
        }
    }
    return NULL;
}

/* Entries as they are collected from the store; the serials stay where they are. */
struct entries {
    struct pki_crl_entry *list;
    uint8_t (*serials)[STORE_DAC_SERIAL_SIZE];
    size_t count;
    size_t room;
    int64_t newest;
};

static void entries_done(struct entries *entries)
{
    free(entries->list);
    free(entries->serials);
}
OWN_VALUE(struct entries, entries_done)

static status_t collect(void *context, const struct store_revocation *revocation)
{
    struct entries *entries = context;
    if (entries->count == entries->room) {
        return STATUS_ABORTED; /* one more than were counted: look again */
    }
    uint8_t *serial = entries->serials[entries->count];
    memcpy(serial, revocation->dac_serial, STORE_DAC_SERIAL_SIZE);
    entries->list[entries->count++] =
        (struct pki_crl_entry){.serial = span_make(serial, STORE_DAC_SERIAL_SIZE),
                               .time = revocation->time,
                               .reason = (enum pki_crl_reason)revocation->reason};
    entries->newest = revocation->time > entries->newest ? revocation->time : entries->newest;
    return STATUS_OK;
}

static status_t read_entries(const struct work *work, struct entries *entries)
{
    struct store *store = work->environment->store;
    uint32_t count = 0;
    TRY(store_revocation_count(store, work->crl.issuer, &count));
    entries->room = count;
    entries->list = calloc((size_t)count + 1, sizeof(*entries->list)); /* + 1: never of size 0 */
    entries->serials = calloc((size_t)count + 1, sizeof(*entries->serials));
    if (entries->list == NULL || entries->serials == NULL) {
        return STATUS_NO_MEMORY;
    }
    return store_revocation_list(store, work->crl.issuer, collect, entries);
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A PAI's lists follow one another in time too, also when the clock was set back a little. */
static status_t build(struct work *work, const struct entries *entries, struct store_crl *next)
{
    int64_t now = work->environment->now_ms() / 1000;
    memcpy(next->issuer, work->crl.issuer, sizeof(next->issuer));
    next->number = work->crl.number + 1;
    next->this_update = latest(latest(now, work->crl.this_update), entries->newest);
    next->next_update = next->this_update + ISSUE_CRL_PERIOD_S;
    next->revocations = (uint32_t)entries->count;
    const struct matter_crl crl = {
        .pai = &work->pai->certificate,
        .number = next->number,
        .this_update = next->this_update,
        .next_update = next->next_update,
        .entries = entries->list,
        .entry_count = entries->count,
    };
    struct pki_crl parsed;
    buf_init(&next->tbs, STORE_CRL_MAX);
    TRY(matter_crl_tbs(&crl, &next->tbs, work->problem));
    TRY(pki_crl_parse_tbs(buf_span(&next->tbs), &parsed, work->problem));
    return matter_crl_lint(&parsed, crl.pai, work->problem);
}

/* The intent: number and bytes are durable before anything is signed. */
static status_t reserve(struct work *work)
{
    AUTO(entries_done) struct entries entries = {0};
    AUTO(store_crl_done) struct store_crl next = {0};
    TRY(issue_authorize_clock(work->environment, work->problem));
    TRY(read_entries(work, &entries));
    TRY(build(work, &entries, &next));
    TRY(store_crl_reserve(work->environment->store, &next, work->environment->now_ms(),
                          work->problem));
    store_crl_done(&work->crl);
    work->crl = next;
    next = (struct store_crl){0};
    return STATUS_OK;
}

/* The signer lints the stored TBS again and verifies its own signature. */
static status_t sign(struct work *work)
{
    const struct issue_environment *environment = work->environment;
    struct store_crl *crl = &work->crl;
    AUTO(buf_done) struct buf leaf = {0};
    bool recorded = false;
    buf_done(&crl->signature);
    buf_init(&crl->signature, SIGNER_SIGNATURE_MAX);
    TRY(environment->sign_crl(environment->token, work->pai->name, crl->number - 1,
                              buf_span(&crl->tbs), &crl->signature, work->problem));
    int64_t now = issue_authorize_now_ms(environment);
    TRY(issue_leaf_crl(work->pai->name, crl, now, &leaf, work->problem));
    TRY(store_crl_record(environment->store, crl, buf_span(&leaf), now, &recorded, work->problem));
    return recorded ? STATUS_OK : STATUS_ABORTED; /* another call was first: its signature counts */
}

static status_t is_due(const struct work *work, bool *ret_due)
{
    uint32_t revocations = 0;
    int64_t now = work->environment->now_ms() / 1000;
    TRY(store_revocation_count(work->environment->store, work->crl.issuer, &revocations));
    *ret_due = work->crl.number == 0 || revocations != work->crl.revocations ||
               now >= work->crl.next_update - ISSUE_CRL_RENEW_S;
    return STATUS_OK;
}

/* Leaves the newest list, signed, in `work`. A list that was reserved is finished before another is
 * begun. */
static status_t attempt(struct work *work)
{
    bool due = false;
    status_t status = store_crl_newest(work->environment->store, work->crl.issuer, &work->crl);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    if (status == STATUS_OK && work->crl.signature.size == 0) {
        TRY(sign(work));
    }
    TRY(is_due(work, &due));
    if (!due) {
        return STATUS_OK;
    }
    TRY(reserve(work));
    return sign(work);
}

static status_t bring_up_to_date(const struct issue_environment *environment,
                                 const struct unit_pai *pai, struct store_crl *ret_crl,
                                 struct problem *problem)
{
    status_t status = STATUS_ABORTED;
    for (int i = 0; i < ISSUE_ATTEMPTS && status == STATUS_ABORTED; i++) {
        struct work work = {.environment = environment, .pai = pai, .problem = problem};
        issue_crl_issuer(pai, work.crl.issuer);
        status = attempt(&work);
        if (status == STATUS_OK) {
            *ret_crl = work.crl;
        } else {
            store_crl_done(&work.crl);
        }
    }
    return status;
}

status_t issue_crl(const struct issue_environment *environment, const struct unit_pai *pai,
                   struct buf *ret_der, struct problem *problem)
{
    AUTO(store_crl_done) struct store_crl crl = {0};
    TRY(bring_up_to_date(environment, pai, &crl, problem));
    return pki_crl_assemble(buf_span(&crl.tbs), buf_span(&crl.signature), ret_der);
}

/* Nobody is asked for a list before there is a reason for one. */
static status_t is_kept(const struct issue_environment *environment, const struct unit_pai *pai,
                        bool *ret_kept)
{
    AUTO(store_crl_done) struct store_crl crl = {0};
    uint8_t issuer[STORE_ISSUER_SIZE];
    uint32_t revocations = 0;
    issue_crl_issuer(pai, issuer);
    TRY(store_revocation_count(environment->store, issuer, &revocations));
    status_t status = store_crl_newest(environment->store, issuer, &crl);
    *ret_kept = status == STATUS_OK || revocations > 0;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t keep(const struct issue_environment *environment, const struct unit_pai *pai,
                     struct problem *problem)
{
    AUTO(store_crl_done) struct store_crl crl = {0};
    bool kept = false;
    TRY(is_kept(environment, pai, &kept));
    return kept ? bring_up_to_date(environment, pai, &crl, problem) : STATUS_OK;
}

/* All of them, each time: there are few PAIs. One whose list cannot be signed lets no other's run
 * out. */
status_t issue_crl_upkeep(const struct issue_environment *environment, bool *more,
                          struct problem *problem)
{
    status_t first = STATUS_OK;
    (void)more;
    for (size_t i = 0; i < environment->pai_count; i++) {
        struct problem own = {0};
        if (environment->pais[i].bought) {
            continue; /* its lists are somebody else's */
        }
        status_t status = keep(environment, &environment->pais[i], &own);
        if (status != STATUS_OK && first == STATUS_OK) {
            first = problem_complete(&own, status);
            *problem = own;
        }
    }
    return first;
}
