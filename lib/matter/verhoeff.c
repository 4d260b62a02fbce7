#include "lib/matter/verhoeff.h"

#include <assert.h>

/* The dihedral group of the pentagon: 0..4 are rotations, 5..9 reflections. */
static unsigned multiply(unsigned a, unsigned b)
{
    if (a < 5) {
        return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5;
    }
    return b < 5 ? 5 + (a + 5 - b) % 5 : (a + 5 - b) % 5;
}

static unsigned inverse(unsigned a)
{
    return a < 5 ? (5 - a) % 5 : a;
}

/* Verhoeff's permutation, applied `times` times: the digit's place from the right. */
static unsigned permute(unsigned digit, size_t times)
{
    static const uint8_t permutation[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    for (size_t i = 0; i < times % 8; i++) { /* its eighth power is the identity */
        digit = permutation[digit];
    }
    return digit;
}

/* Product over all digits, the rightmost one taken as standing `place` places from the right. */
static unsigned product(struct span digits, size_t place)
{
    unsigned result = 0;
    for (size_t i = digits.size; i-- > 0; place++) {
        assert(digits.data[i] >= '0' && digits.data[i] <= '9');
        result = multiply(result, permute(digits.data[i] - (unsigned)'0', place));
    }
    return result;
}

char matter_verhoeff_digit(struct span digits)
{
    return (char)('0' + inverse(product(digits, 1)));
}

bool matter_verhoeff_valid(struct span digits)
{
    return digits.size > 0 && product(digits, 0) == 0;
}
