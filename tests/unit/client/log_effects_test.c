/* `log verify`: the key of an enrolment's entry is the one that the signed content brings. */
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/log/verify.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "mintmark/v1/administration.pb-c.h"
#include "tests/support/test.h"

static char ID[] = "spiffe://test/station/line1-03";
static char LINE[] = "line1";

/* An exported folder with one content. */
struct exported {
    char folder[64];
    char content[160];
    uint8_t sha256[SHA256_SIZE];
    struct log_verify verify;
};

static void put(struct exported *exported, const Mintmark__V1__IdentitySpec *spec)
{
    AUTO(buf_done) struct buf bytes;
    char name[2 * SHA256_SIZE + 1];
    buf_init(&bytes, LOG_FOLDER_CONTENT_MAX);
    uint8_t *place = buf_extend(&bytes, mintmark__v1__identity_spec__get_packed_size(spec));
    assert_non_null(place);
    (void)mintmark__v1__identity_spec__pack(spec, place);
    digest_sha256(buf_span(&bytes), exported->sha256);
    hex_encode(SPAN_OF(exported->sha256), name);
    (void)snprintf(exported->content, sizeof(exported->content), "%s/content/%s", exported->folder,
                   name);
    assert_ok(file_write(exported->content, buf_span(&bytes), 0600));
}

static void begin(struct exported *exported)
{
    char path[80];
    *exported = (struct exported){.folder = "/tmp/mintmark-effects-XXXXXX"};
    assert_non_null(mkdtemp(exported->folder));
    (void)snprintf(path, sizeof(path), "%s/content", exported->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    exported->verify.folder.path = exported->folder;
    assert_ok(decode_arena_new(256 * 1024, &exported->verify.arena));
    buf_init(&exported->verify.content, LOG_FOLDER_CONTENT_MAX);
}

static void end(struct exported *exported)
{
    char path[80];
    (void)snprintf(path, sizeof(path), "%s/content", exported->folder);
    assert_int_equal(unlink(exported->content), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(exported->folder), 0);
    log_verify_done(&exported->verify);
}

/* What verify says of an entry of this type with this key, when `spec` was signed. */
static status_t judge_as(enum event_type type, const Mintmark__V1__IdentitySpec *spec,
                         struct span spki, struct problem *problem)
{
    struct exported exported;
    struct event event;
    begin(&exported);
    put(&exported, spec);
    event_begin(&event, type, 0);
    event_set_text(&event, EVENT_IDENTITY, ID);
    if (type == EVENT_TYPE_IDENTITY_ENROLLED) {
        event_set_text(&event, EVENT_ROLE, "station");
        event_set_text(&event, EVENT_LINE, LINE);
        event_set_bytes(&event, EVENT_SPKI, spki);
    }
    status_t status = log_verify_effect(&exported.verify, exported.sha256, &event, problem);
    end(&exported);
    return status;
}

static status_t judge(const Mintmark__V1__IdentitySpec *spec, struct span spki,
                      struct problem *problem)
{
    return judge_as(EVENT_TYPE_IDENTITY_ENROLLED, spec, spki, problem);
}

/* A certificate is announced for who was enrolled by a request, and for nobody else. */
static void expect_certificate(Mintmark__V1__IdentitySpec *spec, bool right)
{
    struct problem problem = {0};
    char *id = spec->identity;
    char other[] = "spiffe://test/station/other";
    enum event_type type = EVENT_TYPE_IDENTITY_REQUESTED;
    assert_int_equal(judge_as(type, spec, (struct span){0}, &problem),
                     right ? STATUS_OK : STATUS_REFUSED);
    spec->identity = other;
    assert_int_equal(judge_as(type, spec, (struct span){0}, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "OTHER_CONTENT");
    spec->identity = id;
}

static void expect_other(const Mintmark__V1__IdentitySpec *spec, struct span spki)
{
    struct problem problem = {0};
    assert_int_equal(judge(spec, spki, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "OTHER_CONTENT");
}

/* A request by a new key, and that key. */
static void make_request(struct buf *ret_csr, struct buf *ret_spki)
{
    static const uint8_t NO_SUBJECT[] = {0x30, 0x00};
    uint8_t random[PKI_SCALAR_SIZE];
    uint8_t point[PKI_POINT_SIZE];
    AUTO(secret_wipe) struct secret scalar = {0};
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    assert_int_equal(RAND_bytes(random, sizeof(random)), 1);
    assert_ok(pki_plain_key_from_random(SPAN_OF(random), &scalar, point));
    assert_ok(pki_plain_key_from_scalar(secret_span(&scalar), &key));
    struct signer signer = pki_plain_key_signer(key);
    buf_init(ret_csr, PKI_CSR_MAX);
    assert_ok(pki_pkcs10_make(SPAN_OF(NO_SUBJECT), &signer, ret_csr, NULL));
    buf_init(ret_spki, 128);
    assert_ok(pki_plain_key_spki(SPAN_OF(point), ret_spki));
}

static void test_requests(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf csr = {0};
    AUTO(buf_done) struct buf foreign = {0};
    AUTO(buf_done) struct buf key = {0};
    AUTO(buf_done) struct buf other = {0};
    struct problem problem = {0};
    make_request(&csr, &key);
    make_request(&foreign, &other);
    Mintmark__V1__IdentitySpec spec;
    mintmark__v1__identity_spec__init(&spec);
    spec.identity = ID;
    spec.role = MINTMARK__V1__ROLE__ROLE_STATION;
    spec.line = LINE;
    expect_other(&spec, buf_span(&key)); /* nobody signed any key */
    assert_ok(judge(&spec, (struct span){0}, &problem));
    expect_certificate(&spec, false);
    spec.csr = (ProtobufCBinaryData){csr.size, csr.data};
    assert_ok(judge(&spec, buf_span(&key), &problem));
    expect_certificate(&spec, true);
    expect_other(&spec, buf_span(&other));
    expect_other(&spec, (struct span){0});
    spec.certificate = spec.csr; /* what the server refuses */
    expect_other(&spec, buf_span(&key));
    spec.certificate = (ProtobufCBinaryData){0};
    csr.data[csr.size - 1] ^= 1; /* its key did not sign it */
    expect_other(&spec, buf_span(&key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
    };
    return cmocka_run_group_tests_name("client_log_effects", tests, NULL, NULL);
}
