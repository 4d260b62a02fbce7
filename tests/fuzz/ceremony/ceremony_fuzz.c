/* Any bytes as a ceremony's transcript. */
#include <assert.h>
#include <string.h>

#include "lib/ceremony/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ceremony_transcript transcript;
    struct problem problem = {0};
    if (ceremony_transcript_read(span_make(data, size), &transcript, &problem) == STATUS_OK) {
        assert(transcript.key_count > 0 && transcript.key_count <= CEREMONY_KEYS_MAX);
        assert(strlen(transcript.token_serial) > 0 && strlen(transcript.keys[0].label) > 0);
    } else {
        assert(strcmp(problem.reason, "TRANSCRIPT") == 0);
    }
    return 0;
}
