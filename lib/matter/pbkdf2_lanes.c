/* One chain of PBKDF2 leaves a processor half idle: every sha256rnds2 waits for the one before it.
 * The chains of three blocks are independent, so their rounds are interleaved here and fill each
 * other's waits. Measured on Emerald Rapids (gcc 12, -O2): three blocks cost 1.6 times less than in
 * turn through SHA256_Transform, which uses the same instructions; what is left is within 6 % of
 * the rate at which the processor starts sha256rnds2 at all.
 *
 * Written from FIPS 180-4 §6.2.2 (SHA-256 block function) and RFC 8018 §5.2. The instructions keep
 * a state as two vectors, highest element first: a, b, e, f and c, d, g, h. A digest stays words
 * from one iteration to the next; it is never turned into bytes. No branch, no address depends on
 * the data. */
#include "lib/matter/pbkdf2_lanes.h"

#include <assert.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <openssl/crypto.h>

#define SHA_CODE __attribute__((target("sha,sse4.1,ssse3")))
#define SHA_STEP static inline __attribute__((always_inline, target("sha,sse4.1,ssse3")))
#define UNROLLED _Pragma("GCC unroll 16") /* whole: the vectors must become registers */

enum {
    GROUP = 4,              /* rounds of one message vector */
    GROUPS = 64 / GROUP,    /* of one block */
    MESSAGE_VECTORS = 4,    /* the last 16 words of the message schedule */
    WIPED_STACK = 4 * 1024, /* several times the frame of iterate(), sanitizers aside */
};

struct state {
    __m128i abef;
    __m128i cdgh;
};

struct lane_set {
    struct state state[MATTER_PBKDF2_LANES];
    __m128i message[MESSAGE_VECTORS][MATTER_PBKDF2_LANES];
};

/* FIPS 180-4 §4.2.2 */
static const uint32_t round_constants[GROUP * GROUPS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* Words 8 to 15 of every message: FIPS 180-4 §5.1.1 behind one block of pad and one digest. */
static const uint32_t padding[2 * GROUP] = {0x80000000, 0, 0, 0, 0, 0, 0, (64 + 32) * 8};

SHA_STEP __m128i load(const uint32_t words[static 4])
{
    return _mm_loadu_si128((const __m128i *)words);
}

/* Elements 3 and 2 of each. */
SHA_STEP __m128i upper_reversed(__m128i first, __m128i second)
{
    return _mm_castps_si128(
        _mm_shuffle_ps(_mm_castsi128_ps(first), _mm_castsi128_ps(second), _MM_SHUFFLE(2, 3, 2, 3)));
}

/* Elements 1 and 0 of each. */
SHA_STEP __m128i lower_reversed(__m128i first, __m128i second)
{
    return _mm_castps_si128(
        _mm_shuffle_ps(_mm_castsi128_ps(first), _mm_castsi128_ps(second), _MM_SHUFFLE(0, 1, 0, 1)));
}

SHA_STEP struct state state_load(const uint32_t words[static MATTER_PBKDF2_WORDS])
{
    __m128i abcd = load(words);
    __m128i efgh = load(words + 4);
    return (struct state){lower_reversed(efgh, abcd), upper_reversed(efgh, abcd)};
}

SHA_STEP void state_store(struct state state, uint32_t ret_words[static MATTER_PBKDF2_WORDS])
{
    __m128i *out = (__m128i *)ret_words;
    _mm_storeu_si128(out, upper_reversed(state.abef, state.cdgh));
    _mm_storeu_si128(out + 1, lower_reversed(state.abef, state.cdgh));
}

/* W[t-16] + σ0(W[t-15]) for four t, what sha256msg1 computes. That instruction takes turns with
 * sha256rnds2, of which there is no room left; shifts go beside it (6 % of the whole with gcc). */
SHA_STEP __m128i schedule_start(__m128i w0, __m128i w1)
{
    __m128i x = _mm_alignr_epi8(w1, w0, 4);
    __m128i rotated7 = _mm_xor_si128(_mm_srli_epi32(x, 7), _mm_slli_epi32(x, 25));
    __m128i rotated18 = _mm_xor_si128(_mm_srli_epi32(x, 18), _mm_slli_epi32(x, 14));
    __m128i sigma0 = _mm_xor_si128(_mm_xor_si128(rotated7, rotated18), _mm_srli_epi32(x, 3));
    return _mm_add_epi32(w0, sigma0);
}

/* FIPS 180-4 §6.2.2 step 1: the four words of `group` replace those of 16 rounds before. */
SHA_STEP void extend_message(struct lane_set *set, size_t group)
{
    __m128i *w0 = set->message[group % 4];
    const __m128i *w1 = set->message[(group + 1) % 4];
    const __m128i *w2 = set->message[(group + 2) % 4];
    const __m128i *w3 = set->message[(group + 3) % 4];
    UNROLLED
    for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
        __m128i w = _mm_add_epi32(schedule_start(w0[i], w1[i]), _mm_alignr_epi8(w3[i], w2[i], 4));
        w0[i] = _mm_sha256msg2_epu32(w, w3[i]);
    }
}

/* FIPS 180-4 §6.2.2 step 3. Two rounds turn one half of the state into the other's place. */
SHA_STEP void four_rounds(struct lane_set *set, size_t group)
{
    __m128i constants = load(round_constants + GROUP * group);
    UNROLLED
    for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
        struct state *s = &set->state[i];
        __m128i sum = _mm_add_epi32(set->message[group % 4][i], constants);
        s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
        s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0e));
    }
}

/* One half of an HMAC: each lane's digest is the message, its digest after `half` the result. */
SHA_STEP void digest_digests(struct state half, struct lane_set *set)
{
    UNROLLED
    for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
        struct state *s = &set->state[i];
        set->message[0][i] = upper_reversed(s->abef, s->cdgh);
        set->message[1][i] = lower_reversed(s->abef, s->cdgh);
        set->message[2][i] = load(padding);
        set->message[3][i] = load(padding + GROUP);
        *s = half;
    }
    UNROLLED
    for (size_t group = 0; group < GROUPS; group++) {
        if (group >= MESSAGE_VECTORS) {
            extend_message(set, group);
        }
        four_rounds(set, group);
    }
    UNROLLED
    for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
        set->state[i].abef = _mm_add_epi32(set->state[i].abef, half.abef);
        set->state[i].cdgh = _mm_add_epi32(set->state[i].cdgh, half.cdgh);
    }
}

/* Never inlined: wipe_stack() overwrites the frame it had. */
__attribute__((noinline)) SHA_CODE static void
iterate(const uint32_t inner_words[static MATTER_PBKDF2_WORDS],
        const uint32_t outer_words[static MATTER_PBKDF2_WORDS], uint32_t iterations,
        uint32_t lanes[static MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS])
{
    struct state inner = state_load(inner_words);
    struct state outer = state_load(outer_words);
    struct lane_set set;
    struct state sum[MATTER_PBKDF2_LANES];
    UNROLLED
    for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
        set.state[i] = sum[i] = state_load(lanes[i]);
    }
    for (uint32_t n = 1; n < iterations; n++) {
        digest_digests(inner, &set);
        digest_digests(outer, &set);
        UNROLLED
        for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
            sum[i].abef = _mm_xor_si128(sum[i].abef, set.state[i].abef);
            sum[i].cdgh = _mm_xor_si128(sum[i].cdgh, set.state[i].cdgh);
        }
    }
    UNROLLED
    for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
        state_store(sum[i], lanes[i]);
    }
}

/* The lanes need more registers than there are: the compiler keeps some of the state and of the
 * sums on the stack, where only the next frame at the same place can reach them. */
__attribute__((noinline)) static void wipe_stack(void)
{
    uint8_t frame[WIPED_STACK];
    OPENSSL_cleanse(frame, sizeof(frame));
}

void matter_pbkdf2_lanes_run(const uint32_t inner[static MATTER_PBKDF2_WORDS],
                             const uint32_t outer[static MATTER_PBKDF2_WORDS], uint32_t iterations,
                             uint32_t lanes[static MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS])
{
    assert(matter_pbkdf2_lanes_supported());
    iterate(inner, outer, iterations, lanes);
    wipe_stack();
}

static bool ask_processor(void)
{
    enum { SHA = 1 << 29 }; /* leaf 7, EBX */
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_SSSE3) == 0 ||
        (ecx & bit_SSE4_1) == 0) {
        return false;
    }
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & SHA) != 0;
}

/* Kept, because a cpuid leaves a virtual machine: 14 µs each, a twentieth of a whole verifier at
 * 1000 iterations. */
bool matter_pbkdf2_lanes_supported(void)
{
    enum { UNKNOWN, ABSENT, PRESENT };
    static _Atomic int answer = UNKNOWN;
    if (answer == UNKNOWN) {
        answer = ask_processor() ? PRESENT : ABSENT;
    }
    return answer == PRESENT;
}

#else

bool matter_pbkdf2_lanes_supported(void)
{
    return false;
}

void matter_pbkdf2_lanes_run(const uint32_t inner[static MATTER_PBKDF2_WORDS],
                             const uint32_t outer[static MATTER_PBKDF2_WORDS], uint32_t iterations,
                             uint32_t lanes[static MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS])
{
    (void)inner;
    (void)outer;
    (void)iterations;
    (void)lanes;
    assert(!"lanes that are not supported");
}

#endif
