#include "client/admin/command.h"

#include <stdio.h>

#include "client/command.h"
#include "proto/text/json.h"
#include "proto/text/yaml_place.h"

void admin_command_init(struct admin_command *command)
{
    *command = (struct admin_command){.yes = false};
    buf_init(&command->output, ADMIN_OUTPUT_MAX);
}

void admin_command_done(struct admin_command *command)
{
    admin_session_close(command->session);
    buf_done(&command->output);
}

bool admin_command_begin(struct admin_command *command, const struct option_command *words,
                         const struct option_row *rows, int argc, char **argv)
{
    struct option_row connection[ADMIN_ROWS];
    admin_session_rows(&command->options, connection);
    if (!options_read(words, rows, connection, argc, argv, command->operands,
                      &command->exit_code)) {
        return false;
    }
    status_t status = admin_session_open(&command->options, &command->session, &command->problem);
    if (status != STATUS_OK) {
        command->exit_code = command_fail(&command->problem, status, command->options.json);
    }
    return status == STATUS_OK;
}

int admin_command_end(struct admin_command *command, status_t status)
{
    status = status == STATUS_OK ? buf_status(&command->output) : status;
    if (status != STATUS_OK) {
        return command_fail(&command->problem, status, command->options.json);
    }
    (void)fwrite(command->output.data, 1, command->output.size, stdout);
    return 0;
}

status_t admin_command_call(struct admin_command *command, const char *method,
                            const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *descriptor,
                            struct admin_answer *answer, const ProtobufCMessage **ret_message)
{
    return admin_session_call(command->session, method, request, true, descriptor, answer,
                              ret_message, &command->problem);
}

status_t admin_command_json(struct admin_command *command, const ProtobufCMessage *message)
{
    TRY(text_json_write(message, 2, &command->output));
    buf_append_byte(&command->output, '\n');
    return STATUS_OK;
}

status_t admin_command_place(struct admin_command *command, const char *path, struct span document,
                             status_t status)
{
    char place[PROBLEM_FIELD_MAX];
    if (status != STATUS_OK && text_yaml_place(path, document, command->problem.field, place)) {
        memcpy(command->problem.field, place, sizeof(place));
    }
    return status;
}
