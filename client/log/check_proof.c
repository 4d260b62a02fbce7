/* mintmark log check-proof */
#include <inttypes.h>
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/log/entry_view.h"
#include "client/log/folder.h"
#include "client/options.h"
#include "lib/tlog/entry_proof.h"

enum { OUTPUT_MAX = 256 * 1024 };

static const struct option_command WORDS = {
    "log check-proof",
    "Usage: mintmark log check-proof FILE --log-key KEY [--json]\n"
    "Checks without any server that the log with this key signed the entry in a proof's file, as\n"
    "`mintmark log prove` writes it and stations keep it (proofs/RECORD.tlog-proof), and shows "
    "it.\n"
    "\n"
    "  --log-key KEY          file with the log's key: `log-key` of an export, or of a witness\n"
    "  --json                 one JSON object on standard output\n"
    "\n"
    "Example:\n"
    "  mintmark log check-proof unit.tlog-proof --log-key mint-log/log-key\n",
    1, 1, "one FILE"};

struct check {
    const char *path;
    const char *key_file;
    bool json;
};

static void print(const struct tlog_entry_proof *proof, bool json, struct buf *ret_text)
{
    const struct tlog_checkpoint *claim = &proof->claim; /* it is so */
    if (json) {
        log_entry_view_json(proof->file.index, buf_span(&proof->entry), ret_text);
        ret_text->size--; /* more members */
        json_append_name(ret_text, "origin", false);
        json_append_text(ret_text, span_text(claim->origin));
        json_append_name(ret_text, "size", false);
        buf_print(ret_text, "%" PRIu64 "}\n", claim->head.size);
        return;
    }
    log_entry_view_line(proof->file.index, buf_span(&proof->entry), ret_text);
    buf_print(ret_text, "PROVEN: in the log %s of %" PRIu64 " entries\n", claim->origin,
              claim->head.size);
}

static status_t run(const struct check *check, struct problem *problem)
{
    struct tlog_key key;
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf output;
    AUTO(tlog_entry_proof_done) struct tlog_entry_proof proof = {0};
    buf_init(&text, TLOG_PROOF_FILE_MAX);
    buf_init(&output, OUTPUT_MAX);
    TRY(log_folder_key(check->key_file, &key, problem));
    TRY(files_read(check->path, &text, problem));
    TRY(tlog_entry_proof_read(buf_span(&text), &proof, problem));
    TRY(tlog_entry_proof_check(&proof, &key, problem));
    print(&proof, check->json, &output);
    TRY(buf_status(&output));
    (void)fwrite(output.data, 1, output.size, stdout);
    return STATUS_OK;
}

int log_check_proof_command(int argc, char **argv)
{
    struct check check = {0};
    struct problem problem = {0};
    const char *operands[OPTIONS_OPERANDS_MAX];
    int exit_code = 0;
    const struct option_row rows[] = {
        {"log-key", .text = &check.key_file}, {"json", .flag = &check.json}, {.name = NULL}};
    if (!options_read(&WORDS, rows, NULL, argc, argv, operands, &exit_code)) {
        return exit_code;
    }
    if (check.key_file == NULL) {
        return command_usage(WORDS.name, "--log-key: name the file with the log's key");
    }
    check.path = operands[0];
    status_t status = run(&check, &problem);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, check.json);
}
