#define OPENSSL_SUPPRESS_DEPRECATED /* EC_KEY: see plain_key.c */

#include "lib/pki/p256.h"

#include <openssl/obj_mac.h>

#include "lib/pki/plain_key.h"

const EC_GROUP *pki_p256_group(void)
{
    static const EC_GROUP *group;
    if (group == NULL) {
        group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    }
    return group;
}

EC_POINT *pki_p256_point(struct span point)
{
    const EC_GROUP *group = pki_p256_group();
    if (point.size != PKI_POINT_SIZE || point.data[0] != POINT_CONVERSION_UNCOMPRESSED ||
        group == NULL) {
        return NULL;
    }
    AUTO(EC_POINT_free) EC_POINT *read = EC_POINT_new(group);
    /* checks that the coordinates are below p and fulfil the curve's equation */
    if (read == NULL || EC_POINT_oct2point(group, read, point.data, point.size, NULL) != 1) {
        return NULL;
    }
    return TAKE(read);
}

EC_KEY *pki_p256_public_key(struct span point)
{
    AUTO(EC_POINT_free) EC_POINT *public = pki_p256_point(point);
    AUTO(EC_KEY_free) EC_KEY *key = public == NULL ? NULL : EC_KEY_new();
    if (key == NULL || EC_KEY_set_group(key, pki_p256_group()) != 1 ||
        EC_KEY_set_public_key(key, public) != 1) {
        return NULL;
    }
    return TAKE(key);
}
