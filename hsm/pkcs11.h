/* The PKCS#11 2.40 names as p11-kit's header gives them, and what C lets us say about templates. */
#ifndef MINTMARK_HSM_PKCS11_H
#define MINTMARK_HSM_PKCS11_H

#include <p11-kit/pkcs11.h>
#include <stddef.h>

/* One row of a template. pValue is not const in PKCS#11 because the same struct reads attributes
 * back; a module only reads it in a template. */
static inline CK_ATTRIBUTE hsm_attribute(CK_ATTRIBUTE_TYPE type, const void *value, size_t size)
{
    const union {
        const void *in;
        void *out;
    } pointer = {.in = value};
    return (CK_ATTRIBUTE){type, pointer.out, size};
}

#endif
