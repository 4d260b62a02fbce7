#include "client/fingerprint.h"

#include "lib/base/hex.h"
#include "lib/pki/plain_key.h"

enum { SPKI_MAX = 128 };

void fingerprint_of_spki(struct span spki, char ret_text[static FINGERPRINT_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(spki, digest);
    hex_encode(SPAN_OF(digest), ret_text);
}

status_t fingerprint_of_point(struct span point, char ret_text[static FINGERPRINT_SIZE])
{
    AUTO(buf_done) struct buf spki;
    buf_init(&spki, SPKI_MAX);
    TRY(pki_plain_key_spki(point, &spki));
    fingerprint_of_spki(buf_span(&spki), ret_text);
    return STATUS_OK;
}
