/* mintmark recovery sign */
#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>

#include "client/admin/command.h"
#include "client/command.h"
#include "client/files.h"
#include "client/prompt.h"
#include "client/recovery/plan.h"
#include "lib/approval/file.h"

enum { STATEMENT_SECONDS = 6 * 24 * 3600 };

static const struct option_command WORDS = {
    "recovery sign",
    "Usage: mintmark recovery sign PLAN -o FILE [--approve STATEMENT] [options]\n"
    "Signs that a restored store goes on as PLAN says, which `mintmarkd --recover` wrote. No "
    "server\n"
    "is asked: none serves until two operators have signed. The first signs the plan, the second\n"
    "approves what the first has signed. Look with other eyes than the server's: how many entries\n"
    "are lost, and does the newest checkpoint that stations and auditors kept not know more?\n"
    "\n"
    "  -o, --output FILE      the signed statement, for mintmarkd --recover --statement\n"
    "  --approve STATEMENT    the first operator's statement; without it you are the first\n"
    "  --yes                  do not ask\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Only certificate and key are used, of --config too.\n"
    "\n"
    "Examples:\n"
    "  op-1$ mintmark recovery sign recovery.plan -o op-1.statement\n"
    "  op-2$ mintmark recovery sign recovery.plan --approve op-1.statement -o op-2.statement\n",
    1, 1, "one PLAN is"};

struct signing {
    struct admin_command *command;
    const char *output;
    const char *approve;
    struct recovery_plan plan;
};

static status_t refer(const struct signing *signing, struct approval_statement *statement,
                      struct problem *problem)
{
    AUTO(recovery_statement_done) struct recovery_statement first = {0};
    if (signing->approve == NULL) {
        statement->act = APPROVAL_PROPOSE;
        return RAND_bytes(statement->reference, SHA256_SIZE) == 1 ? STATUS_OK : STATUS_CRYPTO;
    }
    statement->act = APPROVAL_APPROVE;
    TRY(recovery_statement_read(signing->approve, &signing->plan, &first, problem));
    approval_statement_id(buf_span(&first.text), statement->reference);
    return approval_statement_matches(statement, &first.statement, buf_span(&first.text), problem);
}

static status_t fill(const struct signing *signing, struct approval_statement *statement,
                     struct problem *problem)
{
    const Mintmark__V1__Recovery *message = signing->plan.message;
    *statement = (struct approval_statement){.expires = (int64_t)time(NULL) + STATEMENT_SECONDS};
    (void)snprintf(statement->origin, sizeof(statement->origin), "%s", message->old_origin);
    (void)snprintf(statement->change, sizeof(statement->change), "%s", RECOVERY_KIND);
    (void)snprintf(statement->subject, sizeof(statement->subject), "%s", message->origin);
    (void)snprintf(statement->by, sizeof(statement->by), "%s",
                   admin_session_id(signing->command->session));
    memcpy(statement->content, signing->plan.sha256, SHA256_SIZE);
    return refer(signing, statement, problem);
}

static status_t sign(struct signing *signing, struct problem *problem)
{
    struct approval_statement statement;
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf signature;
    AUTO(buf_done) struct buf content;
    buf_init(&text, APPROVAL_STATEMENT_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&content, APPROVAL_FILE_MAX);
    TRY(fill(signing, &statement, problem));
    TRY(approval_statement_write(&statement, &text));
    TRY(admin_session_sign(signing->command->session, buf_span(&text), &signature, problem));
    TRY(approval_file_write(buf_span(&text), buf_span(&signature), &content));
    return files_write(signing->output, buf_span(&content), problem);
}

static status_t run(struct signing *signing)
{
    struct admin_command *command = signing->command;
    AUTO(buf_done) struct buf shown;
    buf_init(&shown, ADMIN_OUTPUT_MAX);
    TRY(recovery_plan_read(command->operands[0], &signing->plan, &command->problem));
    recovery_plan_print(&signing->plan, &shown);
    TRY(buf_status(&shown));
    if (!command->yes) {
        (void)fwrite(shown.data, 1, shown.size, stderr);
        TRY(prompt_confirm("Sign this recovery?", &command->problem));
    }
    TRY(sign(signing, &command->problem));
    if (command->options.json) {
        buf_print(&command->output, "{\"statement\": \"%s\", \"act\": \"%s\"}\n", signing->output,
                  signing->approve == NULL ? "propose" : "approve");
        return STATUS_OK;
    }
    buf_append_span(&command->output, buf_span(&shown));
    buf_print(&command->output, "signed as %s: %s\n", admin_session_id(command->session),
              signing->output);
    return buf_status(&command->output);
}

int recovery_sign_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    struct signing signing = {.command = &command};
    const struct option_row rows[] = {
        {"output", .text = &signing.output, .letter = 'o'},
        {"approve", .text = &signing.approve},
        {"yes", .flag = &command.yes},
        {0},
    };
    admin_command_init(&command);
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    if (signing.output == NULL) {
        return command_usage("recovery sign", "-o FILE: where the statement goes");
    }
    status_t status = run(&signing);
    recovery_plan_done(&signing.plan);
    return admin_command_end(&command, status);
}
