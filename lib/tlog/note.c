#include "lib/tlog/note.h"

#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/tlog/line.h"

#define SIGNATURE_PREFIX "\xE2\x80\x94 " /* em dash, space */

enum { SIGNATURE_MAX = TLOG_KEY_ID_SIZE + SIGNER_SIGNATURE_MAX };

static status_t malformed(struct problem *problem, const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, "NOTE_MALFORMED", "note", "not a signed note: %s",
                       what);
}

static bool is_plain_text(struct span bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < ' ' && bytes.data[i] != '\n') {
            return false;
        }
    }
    return utf8_check(bytes) == bytes.size;
}

/* Offset of the last blank line (SPEC §3.1), or 0 when there is none behind a line. */
static size_t blank_line(struct span bytes)
{
    for (size_t i = bytes.size; i > 1; i--) {
        if (bytes.data[i - 1] == '\n' && bytes.data[i - 2] == '\n') {
            return i - 1;
        }
    }
    return 0;
}

/* Characters of the class "space" in Unicode that are not ASCII, as UTF-8. */
static bool has_space(struct span name)
{
    static const char *const spaces[] = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
                                         "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                                         "\xE2\x81\x9F", "\xE3\x80\x80"};
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        if (memmem(name.data, name.size, spaces[i], strlen(spaces[i])) != NULL) {
            return true;
        }
    }
    for (size_t i = 0; i + 2 < name.size; i++) { /* U+2000 … U+200A */
        if (memcmp(name.data + i, "\xE2\x80", 2) == 0 && name.data[i + 2] >= 0x80 &&
            name.data[i + 2] <= 0x8A) {
            return true;
        }
    }
    return false;
}

static bool is_name(struct span name)
{
    return name.size > 0 && memchr(name.data, '+', name.size) == NULL && !has_space(name);
}

static status_t read_signature(struct span line, struct tlog_note_signature *ret_signature)
{
    AUTO(buf_done) struct buf bytes;
    struct tlog_note_signature signature;
    buf_init(&bytes, SIGNATURE_MAX);
    if (!tlog_line_take(&line, SIGNATURE_PREFIX)) {
        return STATUS_MALFORMED;
    }
    const uint8_t *space = line.size == 0 ? NULL : memchr(line.data, ' ', line.size);
    if (space == NULL) {
        return STATUS_MALFORMED;
    }
    signature.name = span_make(line.data, (size_t)(space - line.data));
    signature.base64 = span_make(space + 1, line.size - signature.name.size - 1);
    TRY(base64_decode(signature.base64, &bytes));
    if (!is_name(signature.name) || bytes.size <= TLOG_KEY_ID_SIZE) {
        return STATUS_MALFORMED;
    }
    memcpy(signature.key_id, bytes.data, TLOG_KEY_ID_SIZE);
    *ret_signature = signature;
    return STATUS_OK;
}

static status_t read_signatures(struct span rest, struct tlog_note *note, struct problem *problem)
{
    while (rest.size > 0) {
        struct span line;
        if (note->count == TLOG_NOTE_SIGNATURES_MAX) {
            return problem_say(problem, STATUS_TOO_LARGE, "NOTE_MALFORMED", "note",
                               "more than %d signatures", TLOG_NOTE_SIGNATURES_MAX);
        }
        if (tlog_line_next(&rest, &line) != STATUS_OK ||
            read_signature(line, &note->signatures[note->count]) != STATUS_OK) {
            return malformed(problem, "a line behind the last blank one is not a signature");
        }
        note->count++;
    }
    return note->count > 0 ? STATUS_OK : malformed(problem, "no signature");
}

status_t tlog_note_read(struct span bytes, struct tlog_note *ret_note, struct problem *problem)
{
    if (bytes.size > TLOG_NOTE_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "NOTE_MALFORMED", "note",
                           "more than %d bytes", TLOG_NOTE_MAX);
    }
    if (!is_plain_text(bytes)) {
        return malformed(problem, "not UTF-8, or with control characters");
    }
    size_t blank = blank_line(bytes);
    if (blank == 0) {
        return malformed(problem, "no blank line between text and signatures");
    }
    ret_note->count = 0;
    ret_note->text = span_make(bytes.data, blank);
    return read_signatures(span_make(bytes.data + blank + 1, bytes.size - blank - 1), ret_note,
                           problem);
}

static status_t verify(const struct tlog_note_signature *signature, struct span text,
                       const struct tlog_key *key)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, SIGNATURE_MAX);
    TRY(base64_decode(signature->base64, &bytes));
    return tlog_key_verify(key, text,
                           span_make(bytes.data + TLOG_KEY_ID_SIZE, bytes.size - TLOG_KEY_ID_SIZE));
}

/* SPEC §3.3: name and id together say whose signature it is. */
static bool is_by(const struct tlog_note_signature *signature, const struct tlog_key *key)
{
    return span_equal(signature->name, span_text(key->name)) &&
           memcmp(signature->key_id, key->id, TLOG_KEY_ID_SIZE) == 0;
}

status_t tlog_note_verify(const struct tlog_note *note, const struct tlog_key *key,
                          struct problem *problem)
{
    bool signed_by_key = false;
    for (size_t i = 0; i < note->count; i++) {
        if (!is_by(&note->signatures[i], key)) {
            continue;
        }
        if (verify(&note->signatures[i], note->text, key) != STATUS_OK) {
            return problem_say(problem, STATUS_REFUSED, "NOTE_SIGNATURE", "note",
                               "the signature of %s does not verify: the note was changed, or "
                               "another key signed it",
                               key->name);
        }
        signed_by_key = true;
    }
    if (!signed_by_key) {
        return problem_say(problem, STATUS_REFUSED, "NOTE_NOT_SIGNED", "note",
                           "no signature of %s under the key that is trusted here", key->name);
    }
    return STATUS_OK;
}

static status_t sign(struct span text, const struct tlog_key *key, const struct signer *signer,
                     struct buf *ret_note, struct problem *problem)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, SIGNATURE_MAX);
    buf_append(&bytes, key->id, TLOG_KEY_ID_SIZE);
    TRY(signer->sign(signer->context, text, &bytes, problem));
    AUTO(buf_done) struct buf encoded;
    buf_init(&encoded, (SIGNATURE_MAX + 2) / 3 * 4 + 1);
    char *place = (char *)buf_extend(&encoded, (bytes.size + 2) / 3 * 4 + 1);
    TRY(buf_status(&encoded));
    base64_encode(buf_span(&bytes), place);
    buf_append_span(ret_note, text);
    buf_print(ret_note, "\n" SIGNATURE_PREFIX "%s %s\n", key->name, place);
    return buf_status(ret_note);
}

status_t tlog_note_sign(struct span text, const char *name, const struct signer *signer,
                        struct buf *ret_note, struct problem *problem)
{
    struct tlog_key key;
    if (text.size == 0 || text.data[text.size - 1] != '\n' || !is_plain_text(text)) {
        return problem_say(problem, STATUS_INVALID, "NOTE_TEXT", "note",
                           "a note's text is UTF-8 without control characters and ends its line");
    }
    TRY(tlog_key_init(name, signer->spki, &key, problem));
    return sign(text, &key, signer, ret_note, problem);
}
