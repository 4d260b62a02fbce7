/* mintmark recovery accept, mintmark recovery show */
#include <inttypes.h>
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/options.h"
#include "client/recovery/plan.h"
#include "client/witness_state.h"
#include "lib/pki/spiffe.h"
#include "proto/text/json.h"

enum { PEOPLE = 2, OUTPUT_MAX = 64 * 1024 };

static const struct option_command SHOW = {
    "recovery show",
    "Usage: mintmark recovery show PLAN [--json]\n"
    "Shows what `mintmarkd --recover` planned and operators sign.\n"
    "\n"
    "Example:\n"
    "  mintmark recovery show recovery.plan\n",
    1, 1, "one PLAN is"};

static const struct option_command ACCEPT = {
    "recovery accept",
    "Usage: mintmark recovery accept PLAN --statement FILE --statement FILE --operator CERT\n"
    "           --operator CERT --server HOST:PORT | --witness DIR\n"
    "Lets this station go on with a server whose log was recovered. A station keeps what the log\n"
    "has signed and stops with exit 5 when the log is another one; this checks that two operators\n"
    "have signed how it came to be so, and that they knew of everything this station has seen\n"
    "signed. From then on the station holds the server to the new log, from what was kept on.\n"
    "No server is asked. The old checkpoint stays beside the new one.\n"
    "\n"
    "  --statement FILE       the operators' signed statements\n"
    "  --operator CERT        their certificates, got from them, not from the server\n"
    "  --server HOST:PORT     the station's server, whose witness folder this is about\n"
    "  --witness DIR          that folder, where it is not the usual one\n"
    "  --json                 one JSON object on standard output\n"
    "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 5 the recovery does not know of what was signed here.\n"
    "\n"
    "Example:\n"
    "  mintmark recovery accept recovery.plan --statement op-1.statement --statement "
    "op-2.statement \\\n"
    "      --operator op-1.pem --operator op-2.pem --server mint.factory:8443\n",
    1, 1, "one PLAN is"};

struct accepting {
    struct option_list statements;
    struct option_list operators;
    const char *server;
    const char *witness;
    bool json;
    struct recovery_plan plan;
    struct recovery_statement signed_by[PEOPLE];
    struct witness_state state;
};

/* Signed by the person whose certificate this is. */
static status_t check_signer(const struct recovery_statement *given, const char *path,
                             bool *ret_signed, struct problem *problem)
{
    AUTO(buf_done) struct buf der;
    struct pki_certificate certificate;
    struct span id = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    TRY(files_read_certificate(path, &der, problem));
    TRY(pki_certificate_parse(buf_span(&der), &certificate, problem));
    *ret_signed = pki_spiffe_of(&certificate, &id) == STATUS_OK &&
                  span_equal(id, span_text(given->statement.by)) &&
                  approval_statement_verify(certificate.spki, buf_span(&given->text),
                                            buf_span(&given->signature), NULL) == STATUS_OK;
    return STATUS_OK;
}

static status_t check_signed(const struct accepting *accepting,
                             const struct recovery_statement *given, struct problem *problem)
{
    bool by_one = false;
    for (size_t i = 0; i < accepting->operators.count && !by_one; i++) {
        TRY(check_signer(given, accepting->operators.items[i], &by_one, problem));
    }
    return by_one ? STATUS_OK
                  : problem_say(problem, STATUS_REFUSED, "SIGNATURE", "--statement",
                                "the statement of %.200s is not signed by one of the given "
                                "--operator certificates",
                                given->statement.by);
}

/* Two people: the second approves what the first has signed. */
static status_t check_statements(struct accepting *accepting, struct problem *problem)
{
    struct recovery_statement *given = accepting->signed_by;
    for (size_t i = 0; i < PEOPLE; i++) {
        TRY(recovery_statement_read(accepting->statements.items[i], &accepting->plan, &given[i],
                                    problem));
        TRY(check_signed(accepting, &given[i], problem));
    }
    size_t first = given[0].statement.act == APPROVAL_PROPOSE ? 0 : 1;
    return approval_statement_matches(&given[1 - first].statement, &given[first].statement,
                                      buf_span(&given[first].text), problem);
}

static status_t unaware(const struct accepting *accepting, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "RECOVERY_UNAWARE", "checkpoint",
                       "this station has seen %" PRIu64 " entries signed that the recovery (of "
                       "%" PRIu64 ") does not know as it should: tell the operators and the "
                       "auditor, hand them %.200s/checkpoint",
                       accepting->state.kept.head.size, accepting->plan.last.head.size,
                       accepting->state.folder);
}

/* The recovery owns up to everything that was signed here. The note in it is of the log's own key.
 */
static status_t check_known(const struct accepting *accepting, struct problem *problem)
{
    struct tlog_checkpoint last;
    const struct witness_state *state = &accepting->state;
    const struct recovery_plan *plan = &accepting->plan;
    if (!state->has_kept || strcmp(state->key.name, plan->message->old_origin) != 0) {
        return problem_say(problem, STATUS_REFUSED, "RECOVERY_OTHER", "PLAN",
                           "this station keeps %s of log %s, the plan is about %s",
                           state->has_kept ? "a checkpoint" : "nothing",
                           state->has_kept ? state->key.name : "(none)", plan->message->old_origin);
    }
    TRY(tlog_checkpoint_open(span_text(plan->message->signed_note), &state->key, &last, problem));
    const struct tlog_head *kept = &state->kept.head;
    bool same_size_other =
        (kept->size == last.head.size && !tlog_hash_equal(&kept->root, &last.head.root)) ||
        (kept->size == plan->kept.size && !tlog_hash_equal(&kept->root, &plan->kept.root));
    return (kept->size > last.head.size && kept->size > plan->kept.size) || same_size_other
               ? unaware(accepting, problem)
               : STATUS_OK;
}

/* The new log must begin with what was kept here, or with what the operators signed, whichever is
 * the shorter: the server has to prove it at the next call. */
static status_t accept(struct accepting *accepting, struct problem *problem)
{
    struct tlog_key key;
    const struct recovery_plan *plan = &accepting->plan;
    const struct tlog_head *kept = &accepting->state.kept.head;
    TRY(check_statements(accepting, problem));
    TRY(witness_state_open(&accepting->state, problem));
    TRY(check_known(accepting, problem));
    TRY(tlog_key_rename(&accepting->state.key, plan->message->origin, &key, problem));
    return witness_state_recover(&accepting->state, &key,
                                 kept->size < plan->kept.size ? kept : &plan->kept, problem);
}

static void print(const struct accepting *accepting, struct buf *ret_text)
{
    const struct recovery_statement *given = accepting->signed_by;
    if (accepting->json) {
        buf_print(ret_text,
                  "{\"origin\": \"%s\", \"old_origin\": \"%s\", \"signed_by\": [\"%s\", "
                  "\"%s\"]}\n",
                  accepting->plan.message->origin, accepting->plan.message->old_origin,
                  given[0].statement.by, given[1].statement.by);
        return;
    }
    recovery_plan_print(&accepting->plan, ret_text);
    buf_print(ret_text, "signed by %s and %s: this station goes on with %s\n",
              given[0].statement.by, given[1].statement.by, accepting->plan.message->origin);
}

static int run(struct accepting *accepting, const char *path)
{
    struct problem problem = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = recovery_plan_read(path, &accepting->plan, &problem);
    if (status == STATUS_OK) {
        status = accept(accepting, &problem);
    }
    if (status == STATUS_OK) {
        print(accepting, &output);
        (void)fwrite(output.data, 1, output.size, stdout);
    }
    witness_state_close(&accepting->state);
    for (size_t i = 0; i < PEOPLE; i++) {
        recovery_statement_done(&accepting->signed_by[i]);
    }
    recovery_plan_done(&accepting->plan);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, accepting->json);
}

int recovery_accept_command(int argc, char **argv)
{
    struct accepting accepting = {.state = {.lock = -1}};
    const char *operands[OPTIONS_OPERANDS_MAX];
    int exit_code = 0;
    const struct option_row rows[] = {
        {"statement", .list = &accepting.statements},
        {"operator", .list = &accepting.operators},
        {"server", .text = &accepting.server},
        {"witness", .text = &accepting.witness},
        {"json", .flag = &accepting.json},
        {0},
    };
    if (!options_read(&ACCEPT, rows, NULL, argc, argv, operands, &exit_code)) {
        return exit_code;
    }
    if (accepting.statements.count != PEOPLE || accepting.operators.count != PEOPLE) {
        return command_usage("recovery accept", "two --statement and two --operator");
    }
    if ((accepting.server == NULL && accepting.witness == NULL) ||
        !witness_state_choose(&accepting.state, accepting.server, accepting.witness)) {
        return command_usage("recovery accept", "--server HOST:PORT or --witness DIR: which "
                                                "witness folder this is about");
    }
    return run(&accepting, operands[0]);
}

int recovery_show_command(int argc, char **argv)
{
    struct problem problem = {0};
    const char *operands[OPTIONS_OPERANDS_MAX];
    bool json = false;
    int exit_code = 0;
    const struct option_row rows[] = {{"json", .flag = &json}, {0}};
    if (!options_read(&SHOW, rows, NULL, argc, argv, operands, &exit_code)) {
        return exit_code;
    }
    AUTO(recovery_plan_done) struct recovery_plan plan = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = recovery_plan_read(operands[0], &plan, &problem);
    if (status == STATUS_OK && json) {
        status = text_json_write(&plan.message->base, 2, &output);
        buf_append_byte(&output, '\n');
    } else if (status == STATUS_OK) {
        recovery_plan_print(&plan, &output);
    }
    if (status != STATUS_OK) {
        return command_fail(&problem, status, json);
    }
    (void)fwrite(output.data, 1, output.size, stdout);
    return 0;
}
