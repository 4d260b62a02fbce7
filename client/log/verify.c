/* mintmark log verify */
#include "client/log/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/command.h"

enum {
    ARENA_SIZE = 256 * 1024,
    OUTPUT_MAX = 64 * 1024,
    PROGRESS_EVERY = 65536,
    CERTIFICATES_EVERY = 1024
};

static const struct option_command WORDS = {
    "log verify",
    "Usage: mintmark log verify DIR --paa FILE [options]\n"
    "Checks an exported log without any server: hashes and signatures of the log, every entry\n"
    "against those before it, every certificate against its entry, its profile and its issuer.\n"
    "Names the first thing that is wrong.\n"
    "\n"
    "  --paa FILE             a PAA you trust; may be repeated\n"
    "  --log-key FILE         the log's key, got another way than with the export; without it the\n"
    "                         folder's own log-key is believed, and that is said\n"
    "  --since CHECKPOINT     a checkpoint you kept: the log must begin with what it signed\n"
    "  --witness DIR          checkpoints that stations or earlier auditors kept, or proofs\n"
    "                         that stations keep; may be repeated\n"
    "  --quiet                no progress\n"
    "  --json                 one JSON object on standard output\n"
    "\n"
    "Exit code 0: verified. 1: something is wrong. 5: the log was rewritten.\n"
    "\n"
    "Examples:\n"
    "  mintmark log verify mint-log --paa paa.pem\n"
    "  mintmark log verify mint-log --paa paa.pem --log-key mint.key --since last.checkpoint \\\n"
    "      --witness station-notes\n",
    1, 1, "one folder"};

void log_verify_done(struct log_verify *verify)
{
    log_certificates_done(&verify->certificates);
    log_witnesses_done(&verify->witnesses);
    free(verify->tiles);
    audit_free(verify->audit);
    audit_issuers_done(&verify->issuers);
    for (size_t i = 0; i < LOG_VERIFY_PAAS_MAX; i++) {
        buf_done(&verify->paas[i]);
    }
    for (size_t i = 0; verify->pais != NULL && i < AUDIT_ISSUERS_MAX; i++) {
        buf_done(&verify->pais[i]);
    }
    free(verify->pais);
    decode_arena_free(verify->arena);
    buf_done(&verify->content);
    *verify = (struct log_verify){0};
}

static status_t tell(void *context, const struct event *event, struct problem *problem)
{
    struct log_verify *verify = context;
    return verify->entry(verify->entry_context, event, problem);
}

static status_t begin(const struct log_verify_options *options, struct log_verify *verify,
                      struct problem *problem)
{
    const struct audit_sources sources = {
        .context = verify,
        .product = log_verify_product,
        .revocation = log_verify_revocation,
        .ceremony = log_verify_ceremony,
        .effect = log_verify_effect,
        .window = log_verify_window,
        .entry = verify->entry != NULL ? tell : NULL,
    };
    verify->options = options;
    TRY(log_folder_open(options->folder, options->log_key, &verify->folder, problem));
    TRY(audit_new(&sources, &verify->audit));
    TRY(decode_arena_new(ARENA_SIZE, &verify->arena));
    buf_init(&verify->content, LOG_FOLDER_CONTENT_MAX);
    verify->tiles = calloc(1, sizeof(*verify->tiles));
    if (verify->tiles == NULL) {
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* The signed sizes at which the tree must have had the signed roots. */
static status_t read_witnesses(struct log_verify *verify, struct problem *problem)
{
    const struct log_verify_options *options = verify->options;
    if (options->since != NULL) {
        TRY(log_witnesses_add(&verify->witnesses, &verify->folder, options->since, problem));
        verify->since_size = verify->witnesses.items[0].head.size;
        verify->since_earlier = verify->witnesses.items[0].earlier;
    }
    for (size_t i = 0; i < options->witnesses.count; i++) {
        TRY(log_witnesses_add_all(&verify->witnesses, &verify->folder, options->witnesses.items[i],
                                  problem));
    }
    log_witnesses_sort(&verify->witnesses);
    return log_witnesses_compare(&verify->witnesses, &verify->edge, problem); /* of size 0 */
}

static void show_progress(const struct log_verify *verify, uint64_t index)
{
    if (!verify->options->quiet && index % PROGRESS_EVERY == 0 && isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r  %llu of %llu entries", (unsigned long long)index,
                      (unsigned long long)verify->folder.checkpoint.head.size);
    }
}

static status_t take_entry(void *context, uint64_t index, struct span entry,
                           struct problem *problem)
{
    struct log_verify *verify = context;
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    show_progress(verify, index);
    log_verify_note_head(verify, entry);
    tlog_hash_leaf(entry, &leaf);
    (void)tlog_edge_append(&verify->edge, &leaf, made);
    TRY(log_tiles_add(verify->tiles, &leaf, log_tiles_compare, &verify->folder, problem));
    TRY(log_witnesses_compare(&verify->witnesses, &verify->edge, problem));
    TRY(audit_entry(verify->audit, entry, problem));
    return index % CERTIFICATES_EVERY == 0 && verify->issuers_read == STATUS_OK
               ? log_certificates_go_on(&verify->certificates, problem)
               : STATUS_OK;
}

static status_t check_root(const struct log_verify *verify, struct problem *problem)
{
    struct tlog_hash root;
    tlog_edge_root(&verify->edge, &root);
    if (!tlog_hash_equal(&root, &verify->folder.checkpoint.head.root)) {
        return problem_say(problem, STATUS_REFUSED, "LOG_ROOT", "checkpoint",
                           "the entries do not have the hash that the log signed: an entry was "
                           "changed, or the checkpoint is of another export");
    }
    return STATUS_OK;
}

static status_t check_origin(const struct log_verify *verify, struct problem *problem)
{
    if (strcmp(audit_summary(verify->audit)->origin, verify->folder.key.name) != 0) {
        return problem_say(problem, STATUS_REFUSED, "GENESIS", "entry 0",
                           "the entries are of log %s, the key is of %s",
                           audit_summary(verify->audit)->origin, verify->folder.key.name);
    }
    return STATUS_OK;
}

status_t log_verify_run(const struct log_verify_options *options, struct log_verify *verify,
                        struct problem *problem)
{
    TRY(begin(options, verify, problem));
    TRY(read_witnesses(verify, problem));
    verify->issuers_read = log_verify_issuers(verify, &verify->issuers_wrong);
    log_certificates_init(&verify->certificates, &verify->folder, verify->audit, &verify->issuers);
    uint64_t size = verify->folder.checkpoint.head.size;
    const uint64_t all[3] = {0, size, size};
    TRY(log_folder_each(&verify->folder, LOG_FOLDER_ENTRIES, all, take_entry, verify, problem));
    TRY(log_tiles_end(verify->tiles, log_tiles_compare, &verify->folder, problem));
    TRY(check_root(verify, problem));
    TRY(log_witnesses_end(&verify->witnesses, size, problem));
    TRY(check_origin(verify, problem));
    TRY(log_witnesses_judge(&verify->witnesses, verify->audit, problem));
    if (verify->issuers_read != STATUS_OK) {
        *problem = verify->issuers_wrong;
        return verify->issuers_read;
    }
    return log_certificates_end(&verify->certificates, problem);
}

static int run(const struct log_verify_options *options)
{
    struct problem problem = {0};
    AUTO(log_verify_done) struct log_verify verify = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = log_verify_run(options, &verify, &problem);
    if (status != STATUS_OK) {
        return command_fail(&problem, status, options->json);
    }
    (options->json ? log_verify_print_json : log_verify_print)(&verify, &output);
    (void)fwrite(output.data, 1, output.size, stdout);
    return 0;
}

bool log_verify_options_read(const struct option_command *command, const struct option_row *more,
                             int argc, char **argv, struct log_verify_options *ret_options,
                             int *ret_exit_code)
{
    struct log_verify_options options = {0};
    const char *operands[OPTIONS_OPERANDS_MAX];
    const struct option_row rows[] = {
        {"paa", .list = &options.paas},
        {"log-key", .text = &options.log_key},
        {"since", .text = &options.since},
        {"witness", .list = &options.witnesses},
        {"quiet", .flag = &options.quiet},
        {"json", .flag = &options.json},
        {0},
    };
    if (!options_read(command, rows, more, argc, argv, operands, ret_exit_code)) {
        return false;
    }
    if (options.paas.count == 0) {
        *ret_exit_code =
            command_usage(command->name, "--paa: name the PAA that your devices chain to");
        return false;
    }
    options.folder = operands[0];
    *ret_options = options;
    return true;
}

int log_verify_command(int argc, char **argv)
{
    struct log_verify_options options = {0};
    int exit_code = 0;
    return log_verify_options_read(&WORDS, NULL, argc, argv, &options, &exit_code) ? run(&options)
                                                                                   : exit_code;
}
