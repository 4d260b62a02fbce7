/* mintmark log prove */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "client/call.h"
#include "client/command.h"
#include "client/log/entry_view.h"
#include "client/log/prover.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/tlog/entry_proof.h"
#include "lib/tlog/line.h"

static const struct option_command WORDS = {
    "log prove",
    "Usage: mintmark log prove INDEX|--unit UNIT|--record ID -o FILE [options]\n"
    "Writes a C2SP tlog-proof, with the entry in it: whoever has the log's key can check without\n"
    "any server that the log signed this entry. Of a unit or a record it is the entry of its\n"
    "issuance. Checked before it is written.\n"
    "\n"
    "  INDEX                  the entry's number\n"
    "  --unit UNIT            a unit's live identity\n"
    "  --record ID            an identity's record id, as provision and report print it\n"
    "  -o, --output FILE      usually named ….tlog-proof\n" LOG_PROVER_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit code 5: the server does not prove it, or the log was rewritten.\n"
    "\n"
    "Examples:\n"
    "  mintmark log prove 812 -o 812.tlog-proof\n"
    "  mintmark log prove --unit 60:55:f9:01:a2:10 -o unit.tlog-proof\n"
    "  mintmark log check-proof unit.tlog-proof --log-key mint.key\n",
    0, 1, "one INDEX is"};

struct prove {
    struct log_prover *prover;
    const char *index;
    const char *unit;
    const char *record;
    const char *path;
    struct tlog_proof_file file;
    struct buf entry;
};

static status_t read_record(const struct prove *prove, const char *text,
                            uint8_t ret_id[static LOG_PROVER_RECORD_SIZE])
{
    AUTO(buf_done) struct buf id;
    buf_init(&id, LOG_PROVER_RECORD_SIZE);
    if (hex_decode(span_text(text), &id) != STATUS_OK || id.size != LOG_PROVER_RECORD_SIZE) {
        return problem_say(&prove->prover->command->problem, STATUS_USAGE, "RECORD_ID", "--record",
                           "a record id is 32 hexadecimal digits");
    }
    memcpy(ret_id, id.data, LOG_PROVER_RECORD_SIZE);
    return STATUS_OK;
}

static status_t find_record(const struct prove *prove,
                            uint8_t ret_id[static LOG_PROVER_RECORD_SIZE])
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *device = NULL;
    Mintmark__V1__GetDeviceRequest request;
    if (prove->record != NULL) {
        return read_record(prove, prove->record, ret_id);
    }
    mintmark__v1__get_device_request__init(&request);
    request.unit_id = call_text(prove->unit);
    TRY(admin_command_call(prove->prover->command, "GetDevice", &request.base,
                           &mintmark__v1__device__descriptor, &answer, &device));
    return read_record(prove, ((const Mintmark__V1__Device *)device)->record_id, ret_id);
}

static status_t take(struct prove *prove, uint64_t index)
{
    buf_clear(&prove->entry);
    prove->file.index = index;
    return log_prover_entry(prove->prover, index, &prove->file.proof, &prove->entry);
}

/* The issuance among the entries about an identity. */
static status_t take_issuance(struct prove *prove)
{
    uint8_t record[LOG_PROVER_RECORD_SIZE];
    uint64_t *indexes = NULL;
    size_t count = 0;
    struct event event = {.type = EVENT_TYPE_COUNT};
    TRY(find_record(prove, record));
    TRY(log_prover_find(prove->prover, record, &indexes, &count));
    status_t status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK && event.type != EVENT_TYPE_DEVICE_ISSUED;
         i++) {
        status = take(prove, indexes[i]);
        if (status == STATUS_OK) {
            status = event_read(buf_span(&prove->entry), &event, &prove->prover->command->problem);
        }
    }
    free(indexes);
    TRY(status);
    if (event.type != EVENT_TYPE_DEVICE_ISSUED ||
        !span_equal(event.values[EVENT_RECORD].bytes, SPAN_OF(record))) {
        return problem_say(&prove->prover->command->problem, STATUS_NOT_FOUND, "NOT_ISSUED", "",
                           "the log has no issuance of this record: it was never issued, or is not "
                           "known here");
    }
    return STATUS_OK;
}

static status_t take_index(struct prove *prove)
{
    uint64_t index = 0;
    const struct tlog_head *head = &prove->prover->seen.newest.head;
    if (tlog_line_number(span_text(prove->index), &index) != STATUS_OK) {
        return problem_say(&prove->prover->command->problem, STATUS_USAGE, "INDEX", "INDEX",
                           "an entry's index is a number from 0 on");
    }
    if (index >= head->size) {
        return problem_say(&prove->prover->command->problem, STATUS_NOT_FOUND, "LOG_SIZE", "INDEX",
                           "the log has entries 0 to %" PRIu64, head->size - 1);
    }
    return take(prove, index);
}

static status_t write_file(struct prove *prove)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, TLOG_PROOF_FILE_MAX);
    prove->file.note = buf_span(&prove->prover->note);
    TRY(tlog_entry_proof_write(&prove->file, buf_span(&prove->entry), &text));
    status_t status = file_write(prove->path, buf_span(&text), 0644);
    return status == STATUS_OK
               ? STATUS_OK
               : problem_say(&prove->prover->command->problem, status, "FILE", prove->path,
                             "cannot write %s: %s", prove->path, strerror(errno));
}

static status_t run(struct prove *prove)
{
    struct admin_command *command = prove->prover->command;
    TRY(log_prover_look(prove->prover));
    TRY(prove->index != NULL ? take_index(prove) : take_issuance(prove));
    TRY(write_file(prove));
    if (command->options.json) {
        log_entry_view_json(prove->file.index, buf_span(&prove->entry), &command->output);
        buf_append_text(&command->output, "\n");
    } else {
        log_entry_view_line(prove->file.index, buf_span(&prove->entry), &command->output);
        buf_print(&command->output, "  %s: in the log %s of %" PRIu64 " entries\n", prove->path,
                  prove->prover->seen.newest.origin, prove->prover->seen.newest.head.size);
    }
    return STATUS_OK;
}

int log_prove_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    AUTO(log_prover_done) struct log_prover prover;
    struct prove prove = {.prover = &prover};
    admin_command_init(&command);
    log_prover_init(&prover, &command);
    const struct option_row rows[] = {
        {"unit", .text = &prove.unit},
        {"record", .text = &prove.record},
        {"output", .text = &prove.path, .letter = 'o'},
        {"witness", .text = &prover.folder},
        {.name = NULL},
    };
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    prove.index = command.operands[0];
    if ((prove.index != NULL) + (prove.unit != NULL) + (prove.record != NULL) != 1) {
        return command_usage(WORDS.name, "one INDEX, --unit or --record is needed");
    }
    if (prove.path == NULL) {
        return command_usage(WORDS.name, "-o FILE: name the file to write");
    }
    buf_init(&prove.entry, TLOG_LEAF_MAX);
    status_t status = run(&prove);
    buf_done(&prove.entry);
    return admin_command_end(&command, status);
}
