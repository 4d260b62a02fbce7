#include "server/recovery/statements.h"

#include <stdio.h>

#include "lib/approval/file.h"
#include "lib/base/file.h"

static const char KIND[] = "recovery";

static status_t read_file(const char *path, struct approval_statement *ret_statement,
                          struct store_signed *ret_signed, struct problem *problem)
{
    struct span text;
    AUTO(buf_done) struct buf content;
    AUTO(buf_done) struct buf signature;
    buf_init(&content, APPROVAL_FILE_MAX);
    buf_init(&signature, STORE_SIGNATURE_MAX);
    if (file_read(path, &content) != STATUS_OK) {
        return problem_say(problem, STATUS_NOT_FOUND, "FILE", path, "cannot read %s", path);
    }
    TRY(approval_file_read(buf_span(&content), &text, &signature, problem));
    TRY(approval_statement_read(text, ret_statement, problem));
    if (text.size >= sizeof(ret_signed->text)) {
        return STATUS_TOO_LARGE;
    }
    memcpy(ret_signed->text, text.data, text.size);
    ret_signed->text[text.size] = '\0';
    memcpy(ret_signed->signature, signature.data, signature.size);
    ret_signed->signature_size = signature.size;
    return STATUS_OK;
}

static status_t check_signer(const struct plan *plan, const struct approval_statement *statement,
                             const struct store_signed *given, struct problem *problem)
{
    struct store_identity signer;
    status_t status = store_identity_get(plan->store, span_text(statement->by), &signer);
    if (status != STATUS_OK || signer.blocked || signer.role != MINTMARK__V1__ROLE__ROLE_OPERATOR ||
        signer.spki_size == 0) {
        return problem_say(problem, STATUS_DENIED, "NOT_OPERATOR", "--statement",
                           "%s is no operator in the restored store, or blocked", statement->by);
    }
    return approval_statement_verify(span_make(signer.spki, signer.spki_size),
                                     span_text(given->text),
                                     span_make(given->signature, given->signature_size), problem);
}

static status_t check_subject(const struct plan *plan, const struct approval_statement *statement,
                              struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(buf_span(&plan->content), digest);
    if (strcmp(statement->change, KIND) != 0 || strcmp(statement->subject, plan->origin) != 0 ||
        strcmp(statement->origin, plan->old_origin) != 0 ||
        memcmp(statement->content, digest, sizeof(digest)) != 0) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_CONTENT", "--statement",
                           "the statement of %.200s is not about this plan: sign it anew",
                           statement->by);
    }
    if (statement->expires <= plan->now_ms / 1000) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_EXPIRED", "--statement",
                           "the statement of %.200s has expired: sign anew", statement->by);
    }
    return STATUS_OK;
}

static status_t check(const struct plan *plan, const struct approval_statement *statement,
                      const struct store_signed *given, struct problem *problem)
{
    TRY(check_subject(plan, statement, problem));
    return check_signer(plan, statement, given, problem);
}

status_t statements_read(const struct plan *plan, struct store_change *ret_change,
                         struct problem *problem)
{
    struct store_change change = {.proposed_ms = plan->now_ms, .needs_second = true};
    struct approval_statement statements[RECOVER_STATEMENTS];
    struct store_signed given[RECOVER_STATEMENTS] = {0};
    for (size_t i = 0; i < RECOVER_STATEMENTS; i++) {
        TRY(read_file(plan->options->statements[i], &statements[i], &given[i], problem));
        TRY(check(plan, &statements[i], &given[i], problem));
    }
    size_t first = statements[0].act == APPROVAL_PROPOSE ? 0 : 1;
    change.proposal = given[first];
    change.approval = given[1 - first];
    TRY(approval_statement_matches(&statements[1 - first], &statements[first],
                                   span_text(change.proposal.text), problem));
    approval_statement_id(span_text(change.proposal.text), change.id);
    change.expires = statements[first].expires;
    (void)snprintf(change.person, sizeof(change.person), "%s", statements[first].by);
    (void)snprintf(change.kind, sizeof(change.kind), "%s", KIND);
    (void)snprintf(change.subject, sizeof(change.subject), "%s", plan->origin);
    *ret_change = change;
    return STATUS_OK;
}
