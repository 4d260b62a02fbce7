/* mintmark log tail */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/call.h"
#include "client/command.h"
#include "client/log/entry_view.h"
#include "client/log/prover.h"
#include "client/number.h"

enum {
    COUNT_DEFAULT = 20,
    COUNT_MAX = 10000,
    PAGE = 256,
    POLL_MS = 2000, /* as often as a person looks; each asks for a signature when there is more */
    LINE_MAX_SIZE = 64 * 1024,
};

static const struct option_command WORDS = {
    "log tail",
    "Usage: mintmark log tail [-n COUNT] [-f] [--type TYPE] [--order ORDER] [--unit UNIT] "
    "[options]\n"
    "Shows the newest entries of the log, oldest first. Each is proven to be in the tree of a\n"
    "checkpoint that the log signed, and that extends the one seen last time.\n"
    "\n"
    "  -n, --count COUNT      so many, at most 10000 (default 20)\n"
    "  -f, --follow           then what is added, looking every two seconds, until interrupted\n"
    "  --type TYPE            only entries of this type: device.issued, call.denied …\n"
    "  --order ORDER          only those that name this order\n"
    "  --unit UNIT            only those that name this unit id\n" LOG_PROVER_HELP
        ADMIN_OPTIONS_HELP "\n"
    "With --json there is one object a line. Exit code 5: the log was rewritten.\n"
    "\n"
    "Examples:\n"
    "  mintmark log tail\n"
    "  mintmark log tail -f --type call.denied\n"
    "  mintmark log tail -n 1000 --order WO-4711 --json\n",
    0, 0, NULL};

struct tail {
    struct log_prover *prover;
    const char *type;
    const char *order;
    const char *unit;
    const char *count;
    bool follow;
    uint32_t most;
    uint64_t *indexes; /* of what is to be shown, newest first */
    size_t found;
};

static bool says(const struct event *event, enum event_field field, const char *wanted)
{
    return event->values[field].set && span_equal(event->values[field].bytes, span_text(wanted));
}

static bool matches(const struct tail *tail, struct span entry)
{
    struct event event;
    if (tail->type == NULL && tail->order == NULL && tail->unit == NULL) {
        return true;
    }
    if (event_read(entry, &event, NULL) != STATUS_OK) {
        return false;
    }
    return (tail->type == NULL || strcmp(event_type_name(event.type), tail->type) == 0) &&
           (tail->order == NULL || says(&event, EVENT_ORDER, tail->order) ||
            says(&event, EVENT_ASKED_ORDER, tail->order)) &&
           (tail->unit == NULL || says(&event, EVENT_UNIT, tail->unit) ||
            says(&event, EVENT_ASKED_UNIT, tail->unit));
}

/* What the server sends for this is only where to look: what is shown comes with its proof. */
static status_t ask_page(struct tail *tail, uint64_t first, uint32_t count,
                         struct admin_answer *answer,
                         const Mintmark__V1__ListEntriesResponse **ret_page)
{
    Mintmark__V1__ListEntriesRequest request;
    const ProtobufCMessage *message = NULL;
    struct admin_command *command = tail->prover->command;
    mintmark__v1__list_entries_request__init(&request);
    request.first = first;
    request.count = count;
    TRY(admin_command_call(command, "Audit/ListEntries", &request.base,
                           &mintmark__v1__list_entries_response__descriptor, answer, &message));
    *ret_page = (const Mintmark__V1__ListEntriesResponse *)message;
    if ((*ret_page)->n_entries == 0 || (*ret_page)->n_entries > count) {
        return problem_say(&command->problem, STATUS_DATA_LOSS, "SERVER_OTHER", "entries",
                           "the server does not give the entries it has signed");
    }
    return STATUS_OK;
}

static status_t show(struct tail *tail, uint64_t index)
{
    struct tlog_proof proof;
    AUTO(buf_done) struct buf entry;
    AUTO(buf_done) struct buf line;
    buf_init(&entry, TLOG_LEAF_MAX);
    buf_init(&line, LINE_MAX_SIZE);
    TRY(log_prover_entry(tail->prover, index, &proof, &entry));
    if (tail->prover->command->options.json) {
        log_entry_view_json(index, buf_span(&entry), &line);
        buf_append_text(&line, "\n");
    } else {
        log_entry_view_line(index, buf_span(&entry), &line);
    }
    TRY(buf_status(&line));
    (void)fwrite(line.data, 1, line.size, stdout);
    return STATUS_OK;
}

/* Marks the matching ones of [first, to), the newest first. */
static status_t mark_page(struct tail *tail, uint64_t first, uint64_t to)
{
    uint64_t hits[PAGE] = {0};
    size_t count = 0;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    while (first < to) {
        const Mintmark__V1__ListEntriesResponse *page = NULL;
        TRY(ask_page(tail, first, (uint32_t)(to - first), &answer, &page));
        for (size_t i = 0; i < page->n_entries; i++, first++) {
            if (matches(tail, span_make(page->entries[i].data, page->entries[i].len))) {
                hits[count++] = first;
            }
        }
    }
    while (count > 0 && tail->found < tail->most) {
        tail->indexes[tail->found++] = hits[--count];
    }
    return STATUS_OK;
}

static status_t show_newest(struct tail *tail)
{
    uint64_t to = tail->prover->seen.newest.head.size;
    while (to > 0 && tail->found < tail->most) {
        uint64_t first = to > PAGE ? to - PAGE : 0;
        TRY(mark_page(tail, first, to));
        to = first;
    }
    for (size_t i = tail->found; i > 0; i--) {
        TRY(show(tail, tail->indexes[i - 1]));
    }
    return STATUS_OK;
}

static status_t show_added(struct tail *tail, uint64_t first)
{
    uint64_t to = tail->prover->seen.newest.head.size;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    while (first < to) {
        const Mintmark__V1__ListEntriesResponse *page = NULL;
        uint32_t count = to - first < PAGE ? (uint32_t)(to - first) : PAGE;
        TRY(ask_page(tail, first, count, &answer, &page));
        for (size_t i = 0; i < page->n_entries; i++, first++) {
            if (matches(tail, span_make(page->entries[i].data, page->entries[i].len))) {
                TRY(show(tail, first));
            }
        }
    }
    return STATUS_OK;
}

static status_t run(struct tail *tail)
{
    TRY(log_prover_look(tail->prover));
    TRY(show_newest(tail));
    while (tail->follow) {
        uint64_t size = tail->prover->seen.newest.head.size;
        (void)fflush(stdout);
        call_wait_ms(POLL_MS);
        TRY(log_prover_look(tail->prover));
        TRY(show_added(tail, size));
    }
    return STATUS_OK;
}

static bool type_known(const char *type)
{
    bool known = false;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        known = known || strcmp(event_type_name((enum event_type)i), type) == 0;
    }
    return known;
}

/* The words that go with each other; false: told, with the exit code. */
static bool check_words(struct tail *tail, int *ret_code)
{
    struct problem problem = {0};
    tail->most = COUNT_DEFAULT;
    if (tail->count != NULL &&
        number_read("--count", tail->count, COUNT_MAX, &tail->most, &problem) != STATUS_OK) {
        *ret_code = command_usage(WORDS.name, "%s", problem.message);
        return false;
    }
    if (tail->type != NULL && !type_known(tail->type)) {
        *ret_code = command_usage(WORDS.name, "there is no type '%s' of entries", tail->type);
        return false;
    }
    return true;
}

int log_tail_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    AUTO(log_prover_done) struct log_prover prover;
    struct tail tail = {.prover = &prover};
    admin_command_init(&command);
    log_prover_init(&prover, &command);
    const struct option_row rows[] = {
        {"count", .text = &tail.count, .letter = 'n'},
        {"follow", .flag = &tail.follow, .letter = 'f'},
        {"type", .text = &tail.type},
        {"order", .text = &tail.order},
        {"unit", .text = &tail.unit},
        {"witness", .text = &prover.folder},
        {.name = NULL},
    };
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv) ||
        !check_words(&tail, &command.exit_code)) {
        return command.exit_code;
    }
    tail.indexes = calloc(tail.most + 1, sizeof(*tail.indexes));
    status_t status = tail.indexes != NULL ? run(&tail) : STATUS_NO_MEMORY;
    free(tail.indexes);
    return admin_command_end(&command, status);
}
