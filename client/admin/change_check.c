#include "client/admin/change_check.h"

#include "lib/base/hex.h"

static status_t mismatch(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "CHANGE_MISMATCH", what,
                       "the change's %s is not what its proposer signed: do not approve it, and "
                       "have the server looked at",
                       what);
}

status_t change_check_proposal(const Mintmark__V1__Change *change,
                               struct approval_statement *ret_proposal, struct problem *problem)
{
    struct approval_statement proposal;
    uint8_t id[SHA256_SIZE];
    char id_text[2 * SHA256_SIZE + 1];
    uint8_t content[SHA256_SIZE];
    struct span text = span_text(change->proposal_statement);
    if (approval_statement_read(text, &proposal, NULL) != STATUS_OK ||
        proposal.act != APPROVAL_PROPOSE) {
        return mismatch("statement", problem);
    }
    approval_statement_id(text, id);
    hex_encode(SPAN_OF(id), id_text);
    digest_sha256(span_make(change->content.data, change->content.len), content);
    const struct {
        const char *what;
        bool agrees;
    } checks[] = {
        {"change_id", strcmp(id_text, change->change_id) == 0},
        {"kind", strcmp(proposal.change, change->kind) == 0},
        {"subject", strcmp(proposal.subject, change->subject) == 0},
        {"origin", strcmp(proposal.origin, change->origin) == 0},
        {"content", memcmp(content, proposal.content, SHA256_SIZE) == 0},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].agrees) {
            return mismatch(checks[i].what, problem);
        }
    }
    *ret_proposal = proposal;
    return STATUS_OK;
}
