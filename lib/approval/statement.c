#include "lib/approval/statement.h"

#include <stdio.h>
#include <time.h>

#include "lib/base/hex.h"
#include "lib/pki/plain_key.h"

/* SPEC.md §1: one line each, in this order. */
static const char FIRST_LINE[] = "mintmark statement v1\n";
enum { HEX_SIZE = 2 * SHA256_SIZE, TIME_SIZE = 20 };
static const int64_t YEAR_9999_END = 253402300799;

static bool is_change(const char *text)
{
    size_t length = strlen(text);
    return length >= 1 && length <= APPROVAL_CHANGE_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz-") == length;
}

/* Printable ASCII without blanks: what a person reads is what was signed. */
static bool is_word(const char *text, size_t most)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return length >= 1 && length <= most;
}

static bool fits(const struct approval_statement *statement)
{
    return (statement->act == APPROVAL_PROPOSE || statement->act == APPROVAL_APPROVE) &&
           is_word(statement->origin, APPROVAL_ORIGIN_MAX) && is_change(statement->change) &&
           is_word(statement->subject, APPROVAL_SUBJECT_MAX) &&
           is_word(statement->by, APPROVAL_BY_MAX) && statement->expires >= 0 &&
           statement->expires <= YEAR_9999_END;
}

static void line(struct buf *text, const char *name, const char *value)
{
    buf_append_text(text, name);
    buf_append_text(text, ": ");
    buf_append_text(text, value);
    buf_append_text(text, "\n");
}

static void print_time(int64_t seconds, char ret_text[static TIME_SIZE + 1])
{
    time_t time = (time_t)seconds;
    struct tm date;
    (void)gmtime_r(&time, &date);
    (void)strftime(ret_text, TIME_SIZE + 1, "%Y-%m-%dT%H:%M:%SZ", &date);
}

status_t approval_statement_write(const struct approval_statement *statement, struct buf *ret_text)
{
    char content[HEX_SIZE + 1];
    char reference[HEX_SIZE + 1];
    char expires[TIME_SIZE + 1];
    if (!fits(statement)) {
        return STATUS_INVALID;
    }
    bool propose = statement->act == APPROVAL_PROPOSE;
    hex_encode(SPAN_OF(statement->content), content);
    hex_encode(SPAN_OF(statement->reference), reference);
    print_time(statement->expires, expires);
    buf_append_text(ret_text, FIRST_LINE);
    line(ret_text, "act", propose ? "propose" : "approve");
    line(ret_text, "origin", statement->origin);
    line(ret_text, "change", statement->change);
    line(ret_text, "subject", statement->subject);
    line(ret_text, "content", content);
    line(ret_text, "by", statement->by);
    line(ret_text, propose ? "nonce" : "proposal", reference);
    line(ret_text, "expires", expires);
    return buf_status(ret_text);
}

/* The rest of the text that is being read. */
struct cursor {
    const char *text;
    size_t size;
};

/* Takes "name: value\n"; the value goes into a place of `size` bytes with its NUL. */
static bool take(struct cursor *cursor, const char *name, char *ret_value, size_t size)
{
    size_t name_size = strlen(name);
    const char *end = memchr(cursor->text, '\n', cursor->size);
    size_t length = end == NULL ? 0 : (size_t)(end - cursor->text);
    if (length < name_size + 2 || memcmp(cursor->text, name, name_size) != 0 ||
        memcmp(cursor->text + name_size, ": ", 2) != 0 || length - name_size - 2 >= size) {
        return false;
    }
    memcpy(ret_value, cursor->text + name_size + 2, length - name_size - 2);
    ret_value[length - name_size - 2] = '\0';
    cursor->text += length + 1;
    cursor->size -= length + 1;
    return true;
}

static bool take_digest(struct cursor *cursor, const char *name,
                        uint8_t ret_digest[static SHA256_SIZE])
{
    char text[HEX_SIZE + 1];
    AUTO(buf_done) struct buf digest;
    buf_init(&digest, SHA256_SIZE);
    if (!take(cursor, name, text, sizeof(text)) ||
        hex_decode(span_text(text), &digest) != STATUS_OK || digest.size != SHA256_SIZE) {
        return false;
    }
    memcpy(ret_digest, digest.data, SHA256_SIZE);
    return true;
}

static bool take_time(struct cursor *cursor, int64_t *ret_seconds)
{
    char text[TIME_SIZE + 1];
    struct tm date = {0};
    if (!take(cursor, "expires", text, sizeof(text))) {
        return false;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &date);
    *ret_seconds = end == NULL ? -1 : (int64_t)timegm(&date);
    return end != NULL && *end == '\0';
}

static bool take_act(struct cursor *cursor, enum approval_act *ret_act)
{
    char text[8];
    if (!take(cursor, "act", text, sizeof(text))) {
        return false;
    }
    *ret_act = strcmp(text, "propose") == 0 ? APPROVAL_PROPOSE : APPROVAL_APPROVE;
    return strcmp(text, "propose") == 0 || strcmp(text, "approve") == 0;
}

static bool take_first_line(struct span text, struct cursor *ret_cursor)
{
    size_t size = strlen(FIRST_LINE);
    if (text.size > APPROVAL_STATEMENT_MAX || text.size < size ||
        memcmp(text.data, FIRST_LINE, size) != 0) {
        return false;
    }
    *ret_cursor = (struct cursor){(const char *)text.data + size, text.size - size};
    return true;
}

static bool parse(struct span text, struct approval_statement *statement)
{
    struct cursor cursor;
    return take_first_line(text, &cursor) && take_act(&cursor, &statement->act) &&
           take(&cursor, "origin", statement->origin, sizeof(statement->origin)) &&
           take(&cursor, "change", statement->change, sizeof(statement->change)) &&
           take(&cursor, "subject", statement->subject, sizeof(statement->subject)) &&
           take_digest(&cursor, "content", statement->content) &&
           take(&cursor, "by", statement->by, sizeof(statement->by)) &&
           take_digest(&cursor, statement->act == APPROVAL_PROPOSE ? "nonce" : "proposal",
                       statement->reference) &&
           take_time(&cursor, &statement->expires) && cursor.size == 0;
}

/* One text for one meaning: what was read, written again, must be the same bytes. */
static bool is_exact(struct span text, const struct approval_statement *statement)
{
    AUTO(buf_done) struct buf again;
    buf_init(&again, APPROVAL_STATEMENT_MAX);
    return approval_statement_write(statement, &again) == STATUS_OK &&
           span_equal(buf_span(&again), text);
}

status_t approval_statement_read(struct span text, struct approval_statement *ret_statement,
                                 struct problem *problem)
{
    struct approval_statement statement = {0};
    if (!parse(text, &statement) || !is_exact(text, &statement)) {
        return problem_say(problem, STATUS_MALFORMED, "STATEMENT", "statement",
                           "not a statement of version 1: sign exactly the text of "
                           "lib/approval/SPEC.md");
    }
    *ret_statement = statement;
    return STATUS_OK;
}

void approval_statement_id(struct span text, uint8_t ret_id[static SHA256_SIZE])
{
    digest_sha256(text, ret_id);
}

status_t approval_statement_verify(struct span spki, struct span text, struct span signature,
                                   struct problem *problem)
{
    struct span point = {0};
    if (signature.size <= APPROVAL_SIGNATURE_MAX &&
        pki_plain_key_spki_point(spki, &point) == STATUS_OK &&
        pki_plain_key_verify(point, text, signature) == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "SIGNATURE", "signature",
                       "the statement's signature does not verify under the key enrolled for its "
                       "signer: sign with the key of your certificate");
}

status_t approval_statement_matches(const struct approval_statement *approval,
                                    const struct approval_statement *proposal,
                                    struct span proposal_text, struct problem *problem)
{
    uint8_t id[SHA256_SIZE];
    approval_statement_id(proposal_text, id);
    if (approval->act != APPROVAL_APPROVE || proposal->act != APPROVAL_PROPOSE ||
        strcmp(approval->origin, proposal->origin) != 0 ||
        strcmp(approval->change, proposal->change) != 0 ||
        strcmp(approval->subject, proposal->subject) != 0 ||
        memcmp(approval->content, proposal->content, SHA256_SIZE) != 0 ||
        memcmp(approval->reference, id, SHA256_SIZE) != 0) {
        return problem_say(problem, STATUS_REFUSED, "APPROVAL_MISMATCH", "statement",
                           "the statement does not approve this proposal: look at the change "
                           "again and sign what is shown");
    }
    if (strcmp(approval->by, proposal->by) == 0) {
        return problem_say(problem, STATUS_DENIED, "APPROVAL_SAME_PERSON", "statement",
                           "who proposed a change cannot approve it: ask another operator");
    }
    return STATUS_OK;
}
