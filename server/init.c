#include "server/init.h"

#include <stdio.h>
#include <time.h>

#include "lib/base/file.h"
#include "lib/pki/certificate.h"
#include "lib/pki/pem.h"
#include "server/issue/leaf.h"
#include "server/rpc/identity.h"

enum { FILE_MAX = 64 * 1024 };

struct init {
    const Mintmark__V1__Config *config;
    int64_t now_ms;
    struct store_identity identities[INIT_PEOPLE_MAX];
    struct buf certificates[INIT_PEOPLE_MAX]; /* DER */
    struct buf enrolments[INIT_PEOPLE_MAX];   /* entries of the log */
    size_t count;
};

static void init_done(struct init *init)
{
    for (size_t i = 0; i < init->count; i++) {
        buf_done(&init->certificates[i]);
        buf_done(&init->enrolments[i]);
    }
}
OWN_VALUE(struct init, init_done)

static status_t read_certificate(const char *path, struct buf *ret_der, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, FILE_MAX);
    status_t status = file_read(path, &content);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE", path, "cannot read %.200s: %s", path,
                           status_text(status));
    }
    return pki_pem_decode(buf_span(&content), "CERTIFICATE", ret_der, problem);
}

/* Two certificates of one person, or one certificate twice, would make two people of one. */
static status_t check_distinct(const struct init *init, const struct store_identity *identity,
                               struct problem *problem)
{
    for (size_t i = 0; i + 1 < init->count; i++) {
        const struct store_identity *other = &init->identities[i];
        if (strcmp(other->id, identity->id) == 0 ||
            span_equal(SPAN_OF(other->spki), SPAN_OF(identity->spki))) {
            return problem_say(problem, STATUS_REFUSED, "PERSON_TWICE", "certificate",
                               "%.200s and %.100s are one identity or have one key: each person "
                               "has an own one",
                               identity->id, other->id);
        }
    }
    return STATUS_OK;
}

static status_t add_person(struct init *init, const struct init_person *person,
                           struct problem *problem)
{
    struct buf *certificate = &init->certificates[init->count];
    struct buf *enrolment = &init->enrolments[init->count];
    struct store_identity *identity = &init->identities[init->count++];
    buf_init(certificate, PKI_CERTIFICATE_MAX);
    TRY(read_certificate(person->file, certificate, problem));
    TRY(rpc_identity_of(buf_span(certificate), (int)person->role, init->config->site->trust_domain,
                        init->now_ms, identity, problem));
    TRY(issue_leaf_identity(identity, enrolment, problem));
    return check_distinct(init, identity, problem);
}

static status_t check_people(const struct init_person *people, size_t count,
                             struct problem *problem)
{
    size_t operators = 0;
    for (size_t i = 0; i < count; i++) {
        operators += people[i].role == MINTMARK__V1__ROLE__ROLE_OPERATOR;
    }
    if (operators >= INIT_OPERATORS_MIN && count - operators >= INIT_AUDITORS_MIN) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_USAGE, "PEOPLE", "",
                       "a store begins with at least two operators and an auditor: --operator "
                       "op-1.pem --operator op-2.pem --auditor aud-1.pem");
}

static status_t make_store(const struct init *init, struct problem *problem)
{
    char origin[STORE_ORIGIN_MAX];
    struct span certificates[INIT_PEOPLE_MAX];
    struct span enrolments[INIT_PEOPLE_MAX];
    AUTO(buf_done) struct buf leaf = {0};
    bool two = init->config->two_person_rule == MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_ON;
    (void)snprintf(origin, sizeof(origin), "%s/1", init->config->site->name);
    for (size_t i = 0; i < init->count; i++) {
        certificates[i] = buf_span(&init->certificates[i]);
        enrolments[i] = buf_span(&init->enrolments[i]);
    }
    struct store_genesis genesis = {
        .origin = origin,
        .identities = init->identities,
        .certificates = certificates,
        .enrolments = enrolments,
        .identity_count = init->count,
        .now_ms = init->now_ms,
    };
    TRY(issue_leaf_genesis(origin, two, init->now_ms, &leaf, problem));
    genesis.leaf = buf_span(&leaf);
    TRY(store_create(init->config->state_directory, &genesis, problem));
    (void)printf("log %s begins; two-person rule %s\n", origin, two ? "on" : "OFF");
    for (size_t i = 0; i < init->count; i++) {
        bool is_operator = init->identities[i].role == MINTMARK__V1__ROLE__ROLE_OPERATOR;
        (void)printf("  %-9s %s\n", is_operator ? "operator" : "auditor", init->identities[i].id);
    }
    return STATUS_OK;
}

static status_t run(struct init *init, const struct init_person *people, size_t count,
                    struct problem *problem)
{
    TRY(check_people(people, count, problem));
    for (size_t i = 0; i < count; i++) {
        TRY(add_person(init, &people[i], problem));
    }
    return make_store(init, problem);
}

int init_main(const Mintmark__V1__Config *config, const struct init_person *people, size_t count)
{
    struct problem problem = {0};
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    AUTO(init_done) struct init init = {.config = config, .now_ms = (int64_t)now.tv_sec * 1000};
    status_t status = run(&init, people, count, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        (void)fprintf(stderr, "mintmarkd: init: %s [%s] (%s)\n", problem.message, problem.field,
                      problem.reason);
    }
    return status_exit_code(status);
}
