#include "hsm/ceremony/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hsm/ceremony/files.h"
#include "hsm/report.h"

enum { TRANSCRIPT_MAX = 32 * 1024 }; /* lib/ceremony/SPEC.md §1 */

void ceremony_transcript_key(struct ceremony_output *output, const struct ceremony_token *token,
                             const char *purpose, const struct hsm_key *key, bool made)
{
    bool secret = strcmp(purpose, "seal") == 0;
    struct hsm_key_policy policy = hsm_key_policy_read(&token->session, key->handle,
                                                       secret ? HSM_KEY_SECRET : HSM_KEY_PRIVATE);
    struct span point = span_make(key->point, secret ? 0 : sizeof(key->point));
    json_t *report = hsm_report_key(purpose, key->label, key, point, &policy);
    json_t *keys = json_object_get(output->transcript, "keys");
    (void)json_object_set_new(report, "made", json_boolean(made));
    (void)json_array_append_new(keys, report);
    (void)json_object_set_new(output->transcript, "token", hsm_report_token(&token->session.token));
}

static json_t *people_json(const struct ceremony_options *options)
{
    json_t *people = json_array();
    for (size_t i = 0; i < options->people_count; i++) {
        (void)json_array_append_new(people, json_string(options->people[i]));
    }
    return people;
}

status_t ceremony_transcript_check(const struct ceremony_options *options, struct problem *problem)
{
    json_t *people = people_json(options);
    bool utf8 = json_array_size(people) == options->people_count;
    json_decref(people);
    if (!utf8) {
        return problem_say(problem, STATUS_USAGE, "OPTION_VALUE", "person",
                           "the name of a --person is not UTF-8");
    }
    if (options->transcript == NULL) {
        return options->people_count == 0
                   ? STATUS_OK
                   : problem_say(problem, STATUS_USAGE, "OPTION_MISSING", "transcript",
                                 "--person is for the transcript: give --transcript");
    }
    return ceremony_files_check_absent(options->transcript, problem);
}

static void add_head(const struct ceremony_command *command, const struct ceremony_options *options,
                     json_t *transcript)
{
    char words[64];
    char now[32] = "";
    struct tm moment;
    time_t seconds = time(NULL);
    (void)snprintf(words, sizeof(words), "%s%s%s", command->noun,
                   command->verb[0] != '\0' ? " " : "", command->verb);
    if (gmtime_r(&seconds, &moment) != NULL) {
        (void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &moment);
    }
    (void)json_object_set_new(transcript, "transcript", json_integer(1));
    (void)json_object_set_new(transcript, "command", json_string(words));
    (void)json_object_set_new(transcript, "time", json_string(now));
    (void)json_object_set_new(transcript, "version", json_string(MINTMARK_VERSION));
    (void)json_object_set_new(transcript, "people", people_json(options));
}

status_t ceremony_transcript_write(const struct ceremony_command *command,
                                   const struct ceremony_options *options,
                                   struct ceremony_output *output, struct problem *problem)
{
    AUTO(buf_done) struct buf content = {0};
    if (options->transcript == NULL) {
        return STATUS_OK;
    }
    add_head(command, options, output->transcript);
    buf_init(&content, TRANSCRIPT_MAX);
    char *text = json_dumps(output->transcript, JSON_INDENT(2));
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    buf_append_text(&content, text);
    buf_append_byte(&content, '\n');
    free(text);
    TRY(buf_status(&content));
    TRY(ceremony_files_write(options->transcript, buf_span(&content), problem));
    ceremony_say(output, "  transcript %s: have it recorded with mintmark ceremony record %s",
                 options->transcript, options->transcript);
    ceremony_note(output, "transcript", json_string(options->transcript));
    return STATUS_OK;
}
