/* Statements: one text for one meaning, signatures, and what makes an approval. */
#include "lib/approval/statement.h"

#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

static struct approval_statement proposal(void)
{
    struct approval_statement statement = {
        .act = APPROVAL_PROPOSE,
        .origin = "acme-shenzhen/1",
        .change = "product",
        .subject = "a19-lamp@2",
        .by = "spiffe://acme/operator/op-1",
        .expires = 1795939200,
    };
    memset(statement.content, 0xAB, sizeof(statement.content));
    memset(statement.reference, 0x01, sizeof(statement.reference));
    return statement;
}

static struct buf text_of(const struct approval_statement *statement)
{
    struct buf text;
    buf_init(&text, APPROVAL_STATEMENT_MAX);
    assert_ok(approval_statement_write(statement, &text));
    return text;
}

static struct approval_statement approval_of(const struct approval_statement *statement)
{
    AUTO(buf_done) struct buf text = text_of(statement);
    struct approval_statement approval = *statement;
    approval.act = APPROVAL_APPROVE;
    approval_statement_id(buf_span(&text), approval.reference);
    (void)snprintf(approval.by, sizeof(approval.by), "spiffe://acme/operator/op-2");
    return approval;
}

static void test_text(void **state)
{
    (void)state;
    static const char EXPECTED[] =
        "mintmark statement v1\nact: propose\norigin: acme-shenzhen/1\nchange: product\n"
        "subject: a19-lamp@2\n"
        "content: abababababababababababababababababababababababababababababababab\n"
        "by: spiffe://acme/operator/op-1\n"
        "nonce: 0101010101010101010101010101010101010101010101010101010101010101\n"
        "expires: 2026-11-29T08:00:00Z\n";
    struct approval_statement statement = proposal();
    AUTO(buf_done) struct buf text = text_of(&statement);
    assert_span_equal(buf_span(&text), span_text(EXPECTED));
    struct approval_statement again;
    struct problem problem = {0};
    assert_ok(approval_statement_read(buf_span(&text), &again, &problem));
    assert_int_equal(again.act, APPROVAL_PROPOSE);
    assert_string_equal(again.subject, statement.subject);
    assert_string_equal(again.by, statement.by);
    assert_memory_equal(again.content, statement.content, SHA256_SIZE);
    assert_memory_equal(again.reference, statement.reference, SHA256_SIZE);
    assert_int_equal(again.expires, statement.expires);
}

static void refuse_text(const char *text)
{
    struct approval_statement statement;
    struct problem problem = {0};
    assert_int_equal(approval_statement_read(span_text(text), &statement, &problem),
                     STATUS_MALFORMED);
    assert_string_equal(problem.reason, "STATEMENT");
}

/* The text with one thing replaced by another. */
static void refuse_with(const char *from, const char *to)
{
    struct approval_statement statement = proposal();
    AUTO(buf_done) struct buf text = text_of(&statement);
    buf_append_byte(&text, '\0');
    AUTO(buf_done) struct buf changed;
    buf_init(&changed, 4096);
    const char *place = strstr((const char *)text.data, from);
    assert_non_null(place);
    buf_append(&changed, text.data, (size_t)(place - (const char *)text.data));
    buf_append_text(&changed, to);
    buf_append_text(&changed, place + strlen(from));
    buf_append_byte(&changed, '\0');
    assert_ok(buf_status(&changed));
    refuse_text((const char *)changed.data);
}

static void test_other_texts(void **state)
{
    (void)state;
    refuse_text("");
    refuse_text("mintmark statement v1\n");
    refuse_with("v1", "v2");
    refuse_with("v1\n", "v1\r\n");
    refuse_with("act: propose", "act: object");
    refuse_with("nonce", "proposal"); /* belongs to approvals */
    refuse_with("act: propose", "act: approve");
    refuse_with("origin: acme-shenzhen/1", "origin: acme shenzhen/1");
    refuse_with("origin: acme-shenzhen/1", "origin: ");
    refuse_with("change: product", "change: Product");
    refuse_with("subject: a19-lamp@2", "subject: a19-l\xC3\xA4mp@2");
    refuse_with("content: ab", "content: AB"); /* a second spelling */
    refuse_with("content: ab", "content: ");
    refuse_with("content", "Content");
    refuse_with("by: spiffe", "by:spiffe");
    refuse_with("2026-11-29T08:00:00Z", "2026-11-31T08:00:00Z"); /* no such day */
    refuse_with("2026-11-29T08:00:00Z", "2026-11-29T08:00:00");
    refuse_with("2026-11-29T08:00:00Z", "2026-1-29T08:00:00Z");
    refuse_with("08:00:00Z\n", "08:00:00Z");
    refuse_with("08:00:00Z\n", "08:00:00Z\nmore: 1\n");
}

static void test_values_that_fit_no_text(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf text;
    buf_init(&text, APPROVAL_STATEMENT_MAX);
    struct approval_statement statement = proposal();
    statement.subject[0] = '\n';
    assert_int_equal(approval_statement_write(&statement, &text), STATUS_INVALID);
    statement = proposal();
    statement.origin[0] = '\0';
    assert_int_equal(approval_statement_write(&statement, &text), STATUS_INVALID);
    statement = proposal();
    statement.change[0] = 'P';
    assert_int_equal(approval_statement_write(&statement, &text), STATUS_INVALID);
    statement = proposal();
    statement.expires = -1;
    assert_int_equal(approval_statement_write(&statement, &text), STATUS_INVALID);
    statement = proposal();
    statement.act = (enum approval_act)3;
    assert_int_equal(approval_statement_write(&statement, &text), STATUS_INVALID);
    assert_int_equal(text.size, 0);
}

/* The longest of every value still has room. */
static void test_largest(void **state)
{
    (void)state;
    struct approval_statement statement = proposal();
    memset(statement.origin, 'o', APPROVAL_ORIGIN_MAX);
    memset(statement.change, 'c', APPROVAL_CHANGE_MAX);
    memset(statement.subject, 's', APPROVAL_SUBJECT_MAX);
    memset(statement.by, 'b', APPROVAL_BY_MAX);
    AUTO(buf_done) struct buf text = text_of(&statement);
    struct approval_statement again;
    struct problem problem = {0};
    assert_ok(approval_statement_read(buf_span(&text), &again, &problem));
    assert_string_equal(again.subject, statement.subject);
}

static void test_signature(void **state)
{
    (void)state;
    struct problem problem = {0};
    uint8_t scalar[PKI_SCALAR_SIZE] = {[31] = 7};
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &key));
    struct signer signer = pki_plain_key_signer(key);
    struct approval_statement statement = proposal();
    AUTO(buf_done) struct buf text = text_of(&statement);
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    assert_ok(signer.sign(signer.context, buf_span(&text), &signature, &problem));
    struct span good = buf_span(&signature);
    assert_ok(approval_statement_verify(signer.spki, buf_span(&text), good, &problem));

    text.data[text.size - 3] ^= 1; /* one bit of the text */
    assert_int_equal(approval_statement_verify(signer.spki, buf_span(&text), good, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "SIGNATURE");
    text.data[text.size - 3] ^= 1;
    struct span cut = span_make(good.data, good.size - 1);
    assert_int_equal(approval_statement_verify(signer.spki, buf_span(&text), cut, &problem),
                     STATUS_REFUSED);
    assert_int_equal(
        approval_statement_verify(signer.spki, buf_span(&text), (struct span){0}, &problem),
        STATUS_REFUSED);
    assert_int_equal(approval_statement_verify(good, buf_span(&text), good, &problem),
                     STATUS_REFUSED); /* not a key */
}

static void refuse_approval(const struct approval_statement *approval,
                            const struct approval_statement *of, status_t status,
                            const char *reason)
{
    AUTO(buf_done) struct buf text = text_of(of);
    struct problem problem = {0};
    assert_int_equal(approval_statement_matches(approval, of, buf_span(&text), &problem), status);
    assert_string_equal(problem.reason, reason);
}

static void test_matches(void **state)
{
    (void)state;
    struct approval_statement of = proposal();
    struct approval_statement good = approval_of(&of);
    AUTO(buf_done) struct buf text = text_of(&of);
    struct problem problem = {0};
    assert_ok(approval_statement_matches(&good, &of, buf_span(&text), &problem));

    struct approval_statement other = good;
    (void)snprintf(other.origin, sizeof(other.origin), "acme-shenzhen/2");
    refuse_approval(&other, &of, STATUS_REFUSED, "APPROVAL_MISMATCH");
    other = good;
    (void)snprintf(other.change, sizeof(other.change), "order");
    refuse_approval(&other, &of, STATUS_REFUSED, "APPROVAL_MISMATCH");
    other = good;
    (void)snprintf(other.subject, sizeof(other.subject), "a19-lamp@3");
    refuse_approval(&other, &of, STATUS_REFUSED, "APPROVAL_MISMATCH");
    other = good;
    other.content[0] ^= 1;
    refuse_approval(&other, &of, STATUS_REFUSED, "APPROVAL_MISMATCH");
    other = good;
    other.reference[31] ^= 1;
    refuse_approval(&other, &of, STATUS_REFUSED, "APPROVAL_MISMATCH");
    other = good;
    other.act = APPROVAL_PROPOSE;
    refuse_approval(&other, &of, STATUS_REFUSED, "APPROVAL_MISMATCH");
    other = good;
    (void)snprintf(other.by, sizeof(other.by), "%s", of.by);
    refuse_approval(&other, &of, STATUS_DENIED, "APPROVAL_SAME_PERSON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_other_texts),
        cmocka_unit_test(test_values_that_fit_no_text),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
