/* The commands of mintmark-hsm: one file and one row of commands.def each. */
#ifndef MINTMARK_HSM_CEREMONY_CEREMONY_H
#define MINTMARK_HSM_CEREMONY_CEREMONY_H

#include <jansson.h>

#include "hsm/ceremony/options.h"
#include "lib/base/buf.h"

/* What a command found or made: lines for people, and the same as JSON. main prints one of them, on
 * failure too when there is something to show. */
struct ceremony_output {
    struct buf text;
    json_t *json;       /* an object */
    json_t *transcript; /* the same; transcript.h */
};

struct ceremony_command {
    const char *noun;
    const char *verb;  /* "" for commands of one word */
    const char *words; /* behind the verb, for the help */
    const char *summary;
    const char *help; /* what it does, and examples */
    unsigned allowed;
    unsigned required;
    size_t words_min;
    size_t words_max;
    status_t (*run)(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem);
};

#define COMMAND(name) extern const struct ceremony_command ceremony_##name;
#include "hsm/ceremony/commands.def"
#undef COMMAND

/* One line for people: a newline is added. */
void ceremony_say(struct ceremony_output *output, const char *format, ...) PRINTF_LIKE(2, 3);
/* One member of the JSON object; takes `value`, NULL is out of memory and shows as null. */
void ceremony_note(struct ceremony_output *output, const char *name, json_t *value);

#endif
