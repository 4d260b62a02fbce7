#include "client/admin/change_view.h"

#include "client/admin/identity_key.h"
#include "client/diff.h"
#include "proto/text/decode.h"
#include "proto/text/enum.h"
#include "proto/text/json.h"
#include "proto/text/timestamp.h"
#include "proto/text/visible.h"
#include "proto/text/yaml_write.h"

enum { ARENA_SIZE = 8 * 1024 * 1024, ID_SHOWN = 16 };

static struct span bytes_of(const ProtobufCBinaryData *bytes)
{
    return span_make(bytes->data, bytes->len);
}

/* The message in `content`. Fields that this version does not know are refused: nobody agrees to
 * what is not shown. */
static status_t decode(struct decode_arena *arena, const struct change_kind *kind,
                       struct span content, const ProtobufCMessage **ret_message,
                       struct problem *problem)
{
    if (decode_message(arena, kind->content, content, false, ret_message, NULL) == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CONTENT_UNKNOWN", "content",
                       "the content of this %s holds what this version of mintmark cannot show: "
                       "use one as new as the server",
                       kind->name);
}

static status_t content_yaml(const struct change_kind *kind, struct span content,
                             struct buf *ret_yaml, struct problem *problem)
{
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    buf_init(ret_yaml, CHANGE_VIEW_MAX);
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode(arena, kind, content, &message, problem));
    return text_yaml_write(message, ret_yaml);
}

static status_t append_contents(const struct change_kind *kind, const Mintmark__V1__Change *change,
                                struct span content, struct buf *text, struct problem *problem)
{
    AUTO(buf_done) struct buf before = {0};
    AUTO(buf_done) struct buf after = {0};
    TRY(content_yaml(kind, content, &after, problem));
    if (change->previous_content.len > 0) {
        TRY(content_yaml(kind, bytes_of(&change->previous_content), &before, problem));
    }
    return diff_append(buf_span(&before), buf_span(&after), text);
}

status_t change_view_extends(const struct change_kind *kind, struct span given,
                             struct span complete, bool *ret_extends, struct problem *problem)
{
    AUTO(buf_done) struct buf before = {0};
    AUTO(buf_done) struct buf after = {0};
    AUTO(buf_done) struct buf diff;
    buf_init(&diff, CHANGE_VIEW_MAX);
    TRY(content_yaml(kind, given, &before, problem));
    TRY(content_yaml(kind, complete, &after, problem));
    TRY(diff_append(buf_span(&before), buf_span(&after), &diff));
    *ret_extends =
        diff.size > 0 && diff.data[0] != '-' && memmem(diff.data, diff.size, "\n- ", 3) == NULL;
    return STATUS_OK;
}

/* Computed here, not told by the server: people compare it with what the key's holder says. */
static status_t append_key(const struct change_kind *kind, struct span content, struct buf *text,
                           struct problem *problem)
{
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    if (kind->content != &mintmark__v1__identity_spec__descriptor) {
        return STATUS_OK;
    }
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode(arena, kind, content, &message, problem));
    return identity_key_append((const Mintmark__V1__IdentitySpec *)message, text, problem);
}

static void append_class(const Mintmark__V1__Change *change, struct buf *text)
{
    char name[TEXT_ENUM_NAME_MAX];
    if (change->product_class != MINTMARK__V1__PRODUCT_CLASS__PRODUCT_CLASS_UNSPECIFIED &&
        text_enum_name(&mintmark__v1__product_class__descriptor, (int)change->product_class,
                       name)) {
        buf_print(text, " · class %s", name);
    }
}

status_t change_view_text(const struct change_kind *kind, const Mintmark__V1__Change *change,
                          struct span content, struct buf *ret_text, struct problem *problem)
{
    buf_print(ret_text, "%s ", kind->name);
    TRY(text_visible_append(span_text(change->subject), false, ret_text));
    append_class(change, ret_text);
    buf_append_text(ret_text, change->previous_content.len > 0 ? "\n" : " · new\n");
    for (size_t i = 0; i < change->n_findings; i++) {
        buf_append_text(ret_text, "  check  ");
        TRY(text_visible_append(span_text(change->findings[i]), false, ret_text));
        buf_append_byte(ret_text, '\n');
    }
    TRY(append_contents(kind, change, content, ret_text, problem));
    TRY(append_key(kind, content, ret_text, problem));
    buf_append_text(ret_text,
                    change->needs_second ? "needs a second person: " : "needs no second person: ");
    TRY(text_visible_append(span_text(change->reason), false, ret_text));
    buf_append_byte(ret_text, '\n');
    return buf_status(ret_text);
}

static status_t append_decoded(const Mintmark__V1__Change *change, struct buf *json,
                               struct problem *problem)
{
    const struct change_kind *kind = change_kind_find(change->kind);
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    if (kind == NULL || change->content.len == 0) {
        buf_append_text(json, "null");
        return STATUS_OK;
    }
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode(arena, kind, bytes_of(&change->content), &message, problem));
    return text_json_write(message, 0, json);
}

status_t change_view_json(const Mintmark__V1__Change *change, struct buf *ret_json,
                          struct problem *problem)
{
    TRY(text_json_write(&change->base, 0, ret_json));
    ret_json->size--; /* the closing brace */
    buf_append_text(ret_json, ", \"decoded_content\": ");
    TRY(append_decoded(change, ret_json, problem));
    buf_append_text(ret_json, "}\n");
    return buf_status(ret_json);
}

static void append_waiting(const Mintmark__V1__Change *change, struct buf *text)
{
    const struct change_kind *kind = change_kind_find(change->kind);
    char until[TEXT_TIMESTAMP_MAX] = "it expires";
    if (change->expires != NULL) {
        text_timestamp_print(&change->expires->base, until);
    }
    buf_print(text, " waits until %s for a second person: mintmark %s approve ", until,
              kind == NULL ? "change" : kind->noun);
}

status_t change_view_result(const Mintmark__V1__Change *change, struct buf *ret_text)
{
    char state[TEXT_ENUM_NAME_MAX] = "unknown";
    (void)text_enum_name(&mintmark__v1__change_state__descriptor, (int)change->state, state);
    TRY(text_visible_append(span_text(change->subject), false, ret_text));
    if (change->state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING) {
        append_waiting(change, ret_text);
        TRY(text_visible_append(span_text(change->subject), false, ret_text));
    } else if (change->state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_UNCHANGED) {
        buf_append_text(ret_text, " is so already: nothing was stored");
    } else {
        buf_print(ret_text, " %s", state);
    }
    size_t id = strnlen(change->change_id, ID_SHOWN);
    if (id > 0) {
        buf_append_text(ret_text, " · change ");
        TRY(text_visible_append(span_make(change->change_id, id), false, ret_text));
    }
    buf_append_byte(ret_text, '\n');
    return buf_status(ret_text);
}
