#include "proto/text/suggest.h"

#include <string.h>

enum { WORD_MAX = 48 }; /* our longest key is below 30 */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein distance, one row at a time. Both words at most WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = smaller(replaced, smaller(row[j], diagonal) + 1);
        }
    }
    return row[width];
}

const char *text_suggest_field(const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    const char *nearest = NULL;
    size_t size = strlen(key);
    size_t best = size / 3 + 2; /* a third of the word may be wrong */
    for (unsigned i = 0; i < descriptor->n_fields && size <= WORD_MAX; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_BYTES || strlen(field->name) > WORD_MAX) {
            continue; /* cannot be written in YAML */
        }
        size_t near = distance(key, field->name);
        if (near < best) {
            best = near;
            nearest = field->name;
        }
    }
    return nearest;
}
