/* Cleanup by scope: AUTO(type) frees a pointer, or ends an in-place object, when it leaves scope.
 */
#ifndef MINTMARK_LIB_BASE_OWN_H
#define MINTMARK_LIB_BASE_OWN_H

#include <stddef.h>

/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */

/* Declares once, beside a type's _free: OWN_POINTER(struct store, store_free). The free function
 * accepts NULL. Use: `AUTO(store_free) struct store *store = NULL;` */
#define OWN_POINTER(type, free_function)                                                           \
    static inline void own_##free_function(type **pointer)                                         \
    {                                                                                              \
        free_function(*pointer);                                                                   \
    }

/* The same for objects in place: OWN_VALUE(struct buf, buf_done). */
#define OWN_VALUE(type, done_function)                                                             \
    static inline void own_##done_function(type *value)                                            \
    {                                                                                              \
        done_function(value);                                                                      \
    }

#define AUTO(function) __attribute__((cleanup(own_##function)))

/* NOLINTEND(bugprone-macro-parentheses) */

/* Moves a pointer out of its variable: `*ret_store = TAKE(store);` */
#define TAKE(pointer)                                                                              \
    __extension__({                                                                                \
        __typeof__(pointer) taken_ = (pointer);                                                    \
        (pointer) = NULL;                                                                          \
        taken_;                                                                                    \
    })

#endif
