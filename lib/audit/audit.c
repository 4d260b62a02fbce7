#include "lib/audit/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/audit/state.h"

enum { LIST_FIRST = 64 };

typedef status_t handler_t(struct audit *audit, const struct event *event, struct problem *problem);

static handler_t *const HANDLERS[EVENT_TYPE_COUNT] = {
#define TYPE(constant, name, ...) audit_on_##constant,
#include "lib/event/types.def"
#undef TYPE
};

status_t audit_new(const struct audit_sources *sources, struct audit **ret_audit)
{
    struct audit *audit = calloc(1, sizeof(*audit));
    if (audit == NULL) {
        return STATUS_NO_MEMORY;
    }
    audit->sources = *sources;
    audit->units.item_size = sizeof(struct audit_unit);
    audit->issued.item_size = sizeof(uint32_t);
    audit->orders.item_size = sizeof(struct audit_order);
    audit->products.item_size = sizeof(struct audit_product);
    audit->people.item_size = sizeof(struct audit_person);
    audit->changes.item_size = sizeof(struct audit_change);
    audit->recoveries.item_size = sizeof(struct audit_recovery);
    audit->keys.item_size = sizeof(struct audit_key);
    *ret_audit = audit;
    return STATUS_OK;
}

void audit_free(struct audit *audit)
{
    if (audit == NULL) {
        return;
    }
    audit_table_done(&audit->names);
    buf_done(&audit->revoking.serials);
    free(audit->units.items);
    free(audit->issued.items);
    free(audit->orders.items);
    free(audit->products.items);
    free(audit->people.items);
    free(audit->changes.items);
    free(audit->recoveries.items);
    free(audit->keys.items);
    free(audit);
}

const struct audit_summary *audit_summary(const struct audit *audit)
{
    return &audit->summary;
}

static status_t judge(struct audit *audit, const struct event *event, struct problem *problem)
{
    struct audit_summary *summary = &audit->summary;
    bool first = summary->entries == 0;
    if (first != (event->type == EVENT_TYPE_GENESIS)) {
        return audit_wrong(problem, "GENESIS", "a log begins with its one genesis");
    }
    if (!first && event->time_ms + EVENT_TIME_SLACK_MS < summary->last_ms) {
        return audit_wrong(problem, "TIME", "it is older than an entry before it");
    }
    TRY(audit_revoking_goes_on(audit, event, problem));
    if (audit->recovered.left > 0 && event->type != EVENT_TYPE_DEVICE_RECOVERED) {
        return audit_wrong(problem, "RECOVERY_UNITS",
                           "%llu more recovered units were announced before it",
                           (unsigned long long)audit->recovered.left);
    }
    TRY(audit_ceremony_goes_on(audit, event, problem));
    TRY(HANDLERS[event->type](audit, event, problem));
    if (first) {
        summary->first_ms = event->time_ms;
    }
    summary->last_ms = event->time_ms > summary->last_ms ? event->time_ms : summary->last_ms;
    summary->types[event->type]++;
    return audit->sources.entry == NULL
               ? STATUS_OK
               : audit->sources.entry(audit->sources.context, event, problem);
}

status_t audit_entry(struct audit *audit, struct span entry, struct problem *problem)
{
    struct event event;
    status_t status = event_read(entry, &event, problem);
    if (status == STATUS_OK) {
        status = judge(audit, &event, problem);
    }
    if (status != STATUS_OK) {
        (void)problem_complete(problem, status);
        (void)snprintf(problem->field, sizeof(problem->field), "entry %llu",
                       (unsigned long long)audit->summary.entries);
        return status;
    }
    audit->summary.entries++;
    return STATUS_OK;
}

status_t audit_list_add(struct audit_list *list, const void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : LIST_FIRST;
        void *items = realloc(list->items, capacity * list->item_size);
        if (items == NULL) {
            return STATUS_NO_MEMORY;
        }
        list->items = items;
        list->capacity = capacity;
    }
    memcpy((uint8_t *)list->items + list->count * list->item_size, item, list->item_size);
    list->count++;
    return STATUS_OK;
}

void *audit_list_at(const struct audit_list *list, uint32_t number)
{
    return (uint8_t *)list->items + (size_t)(number - 1) * list->item_size;
}

void audit_text(const struct event *event, enum event_field field, char *ret_text, size_t size)
{
    struct span text = audit_bytes(event, field);
    size_t length = text.size < size ? text.size : size - 1;
    if (length > 0) {
        memcpy(ret_text, text.data, length);
    }
    ret_text[length] = '\0';
}

void audit_say_wrong(struct problem *problem, const char *reason, const char *format, ...)
{
    char text[PROBLEM_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)problem_say(problem, STATUS_REFUSED, reason, "", "%s", text);
}

status_t audit_take(struct audit *audit, enum audit_name kind, struct span name, uint32_t value,
                    const char *reason, struct problem *problem)
{
    if (audit_table_get(&audit->names, (char)kind, name) != 0) {
        return audit_wrong(problem, reason, "what must be unique for ever is used a second time");
    }
    return audit_table_put(&audit->names, (char)kind, name, value);
}

/* --- the log and the service --- */

status_t audit_on_GENESIS(struct audit *audit, const struct event *event, struct problem *problem)
{
    (void)problem;
    audit_text(event, EVENT_ORIGIN, audit->summary.origin, sizeof(audit->summary.origin));
    audit->summary.two_person_rule =
        span_equal(audit_bytes(event, EVENT_TWO_PERSON_RULE), span_text("on"));
    return STATUS_OK;
}

status_t audit_on_START(struct audit *audit, const struct event *event, struct problem *problem)
{
    (void)problem;
    struct audit_summary *summary = &audit->summary;
    audit_text(event, EVENT_TOKEN_SERIAL, audit->token_serial, sizeof(audit->token_serial));
    if (!summary->software_token &&
        span_equal(audit_bytes(event, EVENT_TOKEN_KIND), span_text("software"))) {
        summary->software_token = true;
        summary->software_token_at = summary->entries;
    }
    return STATUS_OK;
}

/* Events that follow from nothing before them and allow nothing after them are only counted. */
#define COUNTED(constant)                                                                          \
    status_t audit_on_##constant(struct audit *audit, const struct event *event,                   \
                                 struct problem *problem)                                          \
    {                                                                                              \
        (void)audit;                                                                               \
        (void)event;                                                                               \
        (void)problem;                                                                             \
        return STATUS_OK;                                                                          \
    }
COUNTED(CLOCK_JUMP)
COUNTED(CALL_DENIED) /* evidence, not a fault of the log */
COUNTED(SALT_DESTROYED)
#undef COUNTED
