/* mintmark log export */
#include "client/log/export.h"

#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "mintmark/v1/audit.pb-c.h"

static const struct option_command WORDS = {
    "log export",
    "Usage: mintmark log export -o DIR [options]\n"
    "Copies the log into a folder that `mintmark log verify` needs no server for: entries and\n"
    "hashes (C2SP tlog-tiles), certificates, contents of changes, issuers. Into the folder of an\n"
    "earlier export it adds what is new, after checking that the log only grew.\n"
    "\n"
    "  -o, --output DIR       the folder; made when it is not there\n"
    "  --since CHECKPOINT     a checkpoint you kept: the log must begin with what it signed\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Exit code 5: the log was rewritten. Keep both folders and notes as evidence.\n"
    "\n"
    "Examples:\n"
    "  mintmark log export -o mint-log\n"
    "  mintmark log export -o mint-log --since last.checkpoint && mintmark log verify mint-log \\\n"
    "      --paa paa.pem\n",
    0, 0, NULL};

static status_t fetch_checkpoint(struct log_export *export, struct buf *ret_key,
                                 struct problem *problem)
{
    Mintmark__V1__GetCheckpointRequest request;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    mintmark__v1__get_checkpoint_request__init(&request);
    request.min_size = TLOG_SIZE_MAX; /* all there are */
    TRY(admin_command_call(export->command, "Audit/GetCheckpoint", &request.base,
                           &mintmark__v1__checkpoint__descriptor, &answer, &message));
    const Mintmark__V1__Checkpoint *checkpoint = (const Mintmark__V1__Checkpoint *)message;
    buf_append_text(&export->note, checkpoint->note);
    buf_append_text(ret_key, checkpoint->log_key);
    TRY(buf_status(&export->note));
    (void)problem;
    return buf_status(ret_key);
}

/* Behind a recovery the entries are others: this folder has what is lost. */
static status_t check_epoch(const struct log_export *export, struct span key,
                            struct problem *problem)
{
    struct tlog_key now;
    const char *name = export->folder.key.name;
    if (tlog_key_read(key, &now, NULL) == STATUS_OK && tlog_key_name_follows(now.name, name)) {
        return problem_say(problem, STATUS_DATA_LOSS, "LOG_EPOCH", "checkpoint",
                           "the log goes on as %s, this folder is of %s: keep it as evidence, "
                           "export into another one and verify that with --witness %s/checkpoint",
                           now.name, name, export->path);
    }
    return STATUS_OK;
}

/* The folder's own key from the second time on: a server that comes with another one is another. */
static status_t open_old(struct log_export *export, struct span key, struct problem *problem)
{
    char path[LOG_FOLDER_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/checkpoint", export->path);
    if (access(path, F_OK) == 0) {
        TRY(log_folder_open(export->path, NULL, &export->folder, problem));
        return check_epoch(export, key, problem);
    }
    AUTO(buf_done) struct buf line;
    buf_init(&line, LOG_FOLDER_KEY_MAX);
    buf_append_span(&line, key);
    buf_append_text(&line, "\n");
    export->folder = (struct log_folder){.path = export->path};
    TRY(tlog_key_read(key, &export->folder.key, problem));
    TRY(buf_status(&line));
    return log_writer_file(export->path, "log-key", buf_span(&line), problem);
}

/* Only all entries tell what became of an earlier epoch. */
static status_t check_since(const struct log_export *export, struct problem *problem)
{
    return export->witnesses.items[0].earlier
               ? problem_say(problem, STATUS_REFUSED, "NOTE_EPOCH", "--since",
                             "%s is of %s, the log is %s: export without it, then log verify "
                             "--since",
                             export->since, export->witnesses.items[0].origin,
                             export->folder.key.name)
               : STATUS_OK;
}

static status_t begin(struct log_export *export, struct problem *problem)
{
    AUTO(buf_done) struct buf key;
    buf_init(&key, LOG_FOLDER_KEY_MAX);
    TRY(fetch_checkpoint(export, &key, problem));
    TRY(open_old(export, buf_span(&key), problem));
    TRY(tlog_checkpoint_open(buf_span(&export->note), &export->folder.key, &export->newest,
                             problem));
    if (export->since != NULL) {
        TRY(log_witnesses_add(&export->witnesses, &export->folder, export->since, problem));
        TRY(check_since(export, problem));
    }
    return log_witnesses_compare(&export->witnesses, &export->writer.edge, problem);
}

static bool has_type(struct span entry, const char *begin)
{
    size_t size = strlen(begin);
    return entry.size > size && memcmp(entry.data, begin, size) == 0;
}

static status_t take_old_entry(void *context, uint64_t index, struct span entry,
                               struct problem *problem)
{
    struct log_export *export = context;
    (void)index;
    export->old_certificates += has_type(entry, "{\"type\":\"device.issued\",") ||
                                has_type(entry, "{\"type\":\"device.recovered\",");
    return log_export_entry(export, entry, problem);
}

static status_t take_old_certificate(void *context, uint64_t index, struct span der,
                                     struct problem *problem)
{
    struct log_export *export = context;
    (void)index;
    return log_writer_certificate(&export->writer, der, problem);
}

static status_t check_root(const struct log_export *export, const struct tlog_head *head,
                           const char *whose, struct problem *problem)
{
    struct tlog_hash root;
    tlog_edge_root(&export->writer.edge, &root);
    if (!tlog_hash_equal(&root, &head->root)) {
        return problem_say(problem, STATUS_DATA_LOSS, "LOG_REWRITTEN", "checkpoint",
                           "the first %llu entries are not those that the %s checkpoint signed: "
                           "the log was rewritten, or this folder was changed; keep it as evidence "
                           "and export into another one",
                           (unsigned long long)head->size, whose);
    }
    return STATUS_OK;
}

/* What an earlier export left, read through as if it came now. */
static status_t read_old(struct log_export *export, struct problem *problem)
{
    const struct tlog_head *old = &export->folder.checkpoint.head;
    const uint64_t entries[3] = {0, old->size, old->size};
    if (old->size > export->newest.head.size) {
        return problem_say(problem, STATUS_DATA_LOSS, "LOG_SHORTENED", "checkpoint",
                           "the server's log has %llu entries, this folder has %llu: entries were "
                           "taken away; keep this folder as evidence",
                           (unsigned long long)export->newest.head.size,
                           (unsigned long long)old->size);
    }
    TRY(log_folder_each(&export->folder, LOG_FOLDER_ENTRIES, entries, take_old_entry, export,
                        problem));
    const uint64_t certificates[3] = {0, export->old_certificates, export->old_certificates};
    TRY(log_folder_each(&export->folder, LOG_FOLDER_CERTIFICATES, certificates,
                        take_old_certificate, export, problem));
    return old->size == 0 ? STATUS_OK : check_root(export, old, "old", problem);
}

static status_t fetch_page(struct log_export *export, struct problem *problem)
{
    uint64_t left = export->newest.head.size - export->writer.edge.size;
    Mintmark__V1__ListEntriesRequest request;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    mintmark__v1__list_entries_request__init(&request);
    request.first = export->writer.edge.size;
    request.count = left < LOG_EXPORT_PAGE ? (uint32_t)left : LOG_EXPORT_PAGE;
    TRY(admin_command_call(export->command, "Audit/ListEntries", &request.base,
                           &mintmark__v1__list_entries_response__descriptor, &answer, &message));
    const Mintmark__V1__ListEntriesResponse *response =
        (const Mintmark__V1__ListEntriesResponse *)message;
    if (response->n_entries == 0 || response->n_entries > left) {
        return problem_say(problem, STATUS_DATA_LOSS, "SERVER_OTHER", "entries",
                           "the server does not give the entries it has signed");
    }
    for (size_t i = 0; i < response->n_entries; i++) {
        TRY(log_export_entry(export, span_make(response->entries[i].data, response->entries[i].len),
                             problem));
    }
    return STATUS_OK;
}

static void show_progress(const struct log_export *export)
{
    if (!export->command->options.json && isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r  %llu of %llu entries",
                      (unsigned long long)export->writer.edge.size,
                      (unsigned long long)export->newest.head.size);
    }
}

static status_t fetch_new(struct log_export *export, struct problem *problem)
{
    export->writer.writing = true;
    while (export->writer.edge.size < export->newest.head.size) {
        TRY(fetch_page(export, problem));
        show_progress(export);
    }
    TRY(log_export_certificates(export, problem));
    TRY(log_witnesses_end(&export->witnesses, export->newest.head.size, problem));
    TRY(check_root(export, &export->newest.head, "newest", problem));
    TRY(log_writer_end(&export->writer, problem));
    return log_export_issuers(export, problem);
}

/* The checkpoint comes last: a folder that was cut off is as it was before. */
static status_t run(struct log_export *export, struct problem *problem)
{
    TRY(begin(export, problem));
    TRY(read_old(export, problem));
    TRY(fetch_new(export, problem));
    TRY(log_writer_file(export->path, "checkpoint", buf_span(&export->note), problem));
    const uint64_t old[2] = {export->folder.checkpoint.head.size, export->old_certificates};
    const uint64_t grown[2] = {export->newest.head.size, export->writer.certificate_count};
    log_writer_tidy(export->path, old, grown);
    return STATUS_OK;
}

static void print(const struct log_export *export, struct buf *ret_text)
{
    unsigned long long size = export->newest.head.size;
    unsigned long long added = size - export->folder.checkpoint.head.size;
    if (export->command->options.json) {
        buf_print(ret_text, "{\"entries\": %llu, \"new_entries\": %llu, \"certificates\": %llu}\n",
                  size, added, (unsigned long long)export->writer.certificate_count);
        return;
    }
    buf_print(ret_text,
              "  %s: %llu entries, %llu of them new; %llu certificates\n"
              "  check it: mintmark log verify %s --paa PAA\n",
              export->path, size, added, (unsigned long long)export->writer.certificate_count,
              export->path);
}

int log_export_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    struct log_export export = {.command = &command};
    const struct option_row rows[] = {
        {"output", .text = &export.path, .letter = 'o'},
        {"since", .text = &export.since},
        {0},
    };
    admin_command_init(&command);
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    if (export.path == NULL) {
        return command_usage("log export", "-o DIR: name the folder to export to");
    }
    log_writer_init(&export.writer, export.path);
    buf_init(&export.note, TLOG_NOTE_MAX);
    status_t status = run(&export, &command.problem);
    if (status == STATUS_OK) {
        print(&export, &command.output);
    }
    log_writer_done(&export.writer);
    log_witnesses_done(&export.witnesses);
    buf_done(&export.note);
    return admin_command_end(&command, status);
}
