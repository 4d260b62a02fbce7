/* Kind "ceremony": the keys of a ceremony's transcript are put on record. */
#include "lib/base/hex.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"

static void show(const struct ceremony_transcript *transcript, struct change_plan *plan)
{
    change_find(plan, "mintmark-hsm %s at %s, token '%s' serial %s%s", transcript->command,
                transcript->time, transcript->token_label, transcript->token_serial,
                transcript->software ? " (SOFTWARE TOKEN)" : "");
    for (size_t i = 0; i < transcript->key_count; i++) {
        const struct ceremony_key *key = &transcript->keys[i];
        char digest[2 * SHA256_SIZE + 1] = "none: a secret key";
        if (key->public_key_sha256_size > 0) {
            hex_encode(SPAN_OF(key->public_key_sha256), digest);
        }
        change_find(plan, "%s key '%.64s' %s, class %s, public key %.18s", key->purpose, key->label,
                    key->made ? "made" : "was there", key->class, digest);
    }
}

/* Each entry can be written: applying must not find out. */
static status_t check_entries(const struct change *change,
                              const struct ceremony_transcript *transcript, struct problem *problem)
{
    static const uint8_t some_change[STORE_DIGEST_SIZE] = {1};
    for (size_t i = 0; i < transcript->key_count; i++) {
        AUTO(buf_done) struct buf leaf = {0};
        TRY(issue_leaf_ceremony(transcript, i, some_change, change->now_ms, &leaf, problem));
    }
    return STATUS_OK;
}

status_t change_ceremony_check(const struct change *change, struct change_plan *plan,
                               struct problem *problem)
{
    const Mintmark__V1__Ceremony *message = (const Mintmark__V1__Ceremony *)change->message;
    struct ceremony_transcript *transcript = &plan->ceremony;
    TRY(ceremony_transcript_read(span_text(message->transcript), transcript, problem));
    TRY(check_entries(change, transcript, problem));
    hex_encode(SPAN_OF(transcript->sha256), plan->subject);
    show(transcript, plan);
    status_t status = store_change_applied(change->call->environment->store,
                                           change->kind->row->kind, plan->subject);
    plan->unchanged = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t change_ceremony_apply(const struct change *change, const struct change_plan *plan,
                               const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    const struct ceremony_transcript *transcript = &plan->ceremony;
    for (size_t i = 0; i < transcript->key_count; i++) {
        AUTO(buf_done) struct buf leaf = {0};
        TRY(issue_leaf_ceremony(transcript, i, id, change->now_ms, &leaf, NULL));
        TRY(store_leaf_put(store, buf_span(&leaf), change->now_ms));
    }
    return STATUS_OK;
}
