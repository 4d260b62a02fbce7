#include "lib/unit/supplied.h"

#include <stdio.h>

bool unit_supplied_wanted(const struct unit_product *product,
                          char ret_field[static PROBLEM_FIELD_MAX])
{
    if (product->dac_supplied) {
        (void)snprintf(ret_field, PROBLEM_FIELD_MAX, "dac.key");
        return true;
    }
    for (size_t i = 0; i < product->image.vendor_count; i++) {
        const struct image_vendor_value *value = &product->image.vendor_values[i];
        if (value->supplied) {
            (void)snprintf(ret_field, PROBLEM_FIELD_MAX, "vendor_data.%.40s.%.40s",
                           value->namespace_name, value->key);
            return true;
        }
    }
    return false;
}
