/* mintmark log checkpoint */
#include <errno.h>
#include <inttypes.h>

#include "client/command.h"
#include "client/json.h"
#include "client/log/prover.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"

static const struct option_command WORDS = {
    "log checkpoint",
    "Usage: mintmark log checkpoint [-o FILE] [options]\n"
    "Prints the log's newest checkpoint, a C2SP signed note over all entries there are, after\n"
    "checking it: signed by the log's key, and proven to extend the one that was seen last time.\n"
    "Keep it elsewhere: `mintmark log verify --since` holds a log against it.\n"
    "\n"
    "  -o, --output FILE      write it there\n" LOG_PROVER_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit code 5: the log was rewritten, or signed by another key.\n"
    "\n"
    "Example:\n"
    "  mintmark log checkpoint -o 2026-11-22.checkpoint\n",
    0, 0, NULL};

static status_t write_note(struct log_prover *prover, const char *path)
{
    status_t status = file_write(path, buf_span(&prover->note), 0644);
    return status == STATUS_OK ? STATUS_OK
                               : problem_say(&prover->command->problem, status, "FILE", path,
                                             "cannot write %s: %s", path, strerror(errno));
}

static void print_json(const struct log_prover *prover, struct buf *ret_json)
{
    char root[2 * SHA256_SIZE + 1];
    char key[TLOG_KEY_TEXT_SIZE];
    const struct tlog_checkpoint *newest = &prover->seen.newest;
    hex_encode(SPAN_OF(newest->head.root.bytes), root);
    tlog_key_write(&prover->seen.key, key);
    buf_append_text(ret_json, "{");
    json_append_name(ret_json, "origin", true);
    json_append_text(ret_json, span_text(newest->origin));
    json_append_name(ret_json, "size", false);
    buf_print(ret_json, "%" PRIu64, newest->head.size);
    json_append_name(ret_json, "root", false);
    json_append_text(ret_json, span_text(root));
    json_append_name(ret_json, "note", false);
    json_append_text(ret_json, buf_span(&prover->note));
    json_append_name(ret_json, "log_key", false);
    json_append_text(ret_json, span_text(key));
    buf_append_text(ret_json, "}\n");
}

static status_t run(struct log_prover *prover, const char *path)
{
    struct buf *output = &prover->command->output;
    TRY(log_prover_look(prover));
    if (path != NULL) {
        TRY(write_note(prover, path));
    }
    if (prover->command->options.json) {
        print_json(prover, output);
    } else if (path == NULL) {
        buf_append_span(output, buf_span(&prover->note));
    } else {
        buf_print(output, "  %s: %s, %" PRIu64 " entries; extends the one before\n", path,
                  prover->seen.newest.origin, prover->seen.newest.head.size);
    }
    return STATUS_OK;
}

int log_checkpoint_command(int argc, char **argv)
{
    const char *path = NULL;
    AUTO(admin_command_done) struct admin_command command;
    AUTO(log_prover_done) struct log_prover prover;
    admin_command_init(&command);
    log_prover_init(&prover, &command);
    const struct option_row rows[] = {
        {"output", .text = &path, .letter = 'o'},
        {"witness", .text = &prover.folder},
        {.name = NULL},
    };
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&prover, path));
}
