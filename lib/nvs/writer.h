/* Writes an NVS partition, byte for byte as nvs_partition_gen 0.2.0 does (SPEC.md).
 *
 *     nvs_writer_new(0x6000, NVS_VERSION_2, &writer);
 *     nvs_writer_namespace(writer, "chip-factory", problem);
 *     nvs_writer_integer(writer, "discriminator", NVS_U32, 3840, problem);
 *     nvs_writer_finish(writer, &image);
 *
 * A writer refuses (STATUS_INVALID, with field = key) empty and non-ASCII keys, keys over 15 bytes,
 * duplicate keys in a namespace, values too long for NVS, data before the first namespace, and
 * (STATUS_TOO_LARGE) what does not fit. After a failure only nvs_writer_free is allowed. */
#ifndef MINTMARK_LIB_NVS_WRITER_H
#define MINTMARK_LIB_NVS_WRITER_H

#include "lib/base/buf.h"

enum {
    NVS_PAGE_SIZE = 4096,
    NVS_KEY_MAX = 15,
    NVS_STRING_MAX = 3967, /* characters, without the NUL: the generator's limit (SPEC.md) */
};

enum nvs_version { NVS_VERSION_1 = 1, NVS_VERSION_2 = 2 };

/* The type byte of an entry. */
enum nvs_type {
    NVS_U8 = 0x01,
    NVS_I8 = 0x11,
    NVS_U16 = 0x02,
    NVS_I16 = 0x12,
    NVS_U32 = 0x04,
    NVS_I32 = 0x14,
    NVS_U64 = 0x08,
    NVS_I64 = 0x18,
    NVS_STRING = 0x21,
    NVS_BLOB_V1 = 0x41,
    NVS_BLOB_DATA = 0x42,
    NVS_BLOB_INDEX = 0x48,
};

struct nvs_writer;

/* `size` is the partition's: a multiple of 4096, at least 0x3000, or 0x1000 / 0x2000 (read-only).
 * The pages are secret memory. */
MUST_USE status_t nvs_writer_new(size_t size, enum nvs_version version,
                                 struct nvs_writer **ret_writer, struct problem *problem);
void nvs_writer_free(struct nvs_writer *writer);
OWN_POINTER(struct nvs_writer, nvs_writer_free)

/* Starts a namespace; later keys go there. Coming back to an earlier one continues it properly. */
MUST_USE status_t nvs_writer_namespace(struct nvs_writer *writer, const char *name,
                                       struct problem *problem);
/* Any of NVS_U8 … NVS_I64; a value out of the type's range is refused. Signed types take the two's
 * complement of the value. */
MUST_USE status_t nvs_writer_integer(struct nvs_writer *writer, const char *key, enum nvs_type type,
                                     uint64_t value, struct problem *problem);
/* Whether a value is in the range of NVS_U8 … NVS_I64. */
bool nvs_writer_integer_fits(enum nvs_type type, uint64_t value);
MUST_USE status_t nvs_writer_string(struct nvs_writer *writer, const char *key, struct span text,
                                    struct problem *problem);
MUST_USE status_t nvs_writer_blob(struct nvs_writer *writer, const char *key, struct span bytes,
                                  struct problem *problem);

/* Appends the partition image (exactly `size` bytes, FF behind the data; read-only sizes too).
 * The writer stays usable only for nvs_writer_free. */
MUST_USE status_t nvs_writer_finish(struct nvs_writer *writer, struct buf *ret_image);

/* Bytes of the pages begun so far: where nvs_partition_gen ends a read-only image (SPEC.md §4). */
size_t nvs_writer_used_size(const struct nvs_writer *writer);

/* Whether keys go to another namespace than the newest, where nvs_partition_gen would put them
 * (SPEC.md §2.2): the image then differs from that tool's. */
bool nvs_writer_is_behind(const struct nvs_writer *writer);

/* Whether a partition of a read/write size has no data row left. It is then readable, but every
 * write of the firmware fails (SPEC.md §4): a warning for whoever builds the image. */
bool nvs_writer_is_full(const struct nvs_writer *writer);

#endif
