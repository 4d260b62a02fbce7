#include "server/config.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "lib/base/file.h"
#include "proto/text/yaml.h"
#include "server/config_check.h"
#include "server/config_files.h"

static status_t read_yaml(const char *path, Mintmark__V1__Config **ret_config,
                          struct problem *problem)
{
    AUTO(buf_done) struct buf document = {.limit = TEXT_YAML_MAX};
    ProtobufCMessage *message = NULL;
    status_t status = file_read(path, &document);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "CONFIG_FILE", "", "cannot read %s: %s", path,
                           status == STATUS_TOO_LARGE ? status_text(status) : strerror(errno));
    }
    TRY(text_yaml_read(path, buf_span(&document), &mintmark__v1__config__descriptor, &message,
                       problem));
    *ret_config = (Mintmark__V1__Config *)message;
    return STATUS_OK;
}

static uint32_t cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return 1;
    }
    uint32_t count = (uint32_t)CPU_COUNT(&set);
    return count < CONFIG_SLOTS_MAX ? count : CONFIG_SLOTS_MAX;
}

status_t config_load(const char *path, config_report_t *report, void *context,
                     Mintmark__V1__Config **ret_config)
{
    struct config_report collected = {report, context, STATUS_OK};
    struct problem problem = {0};
    Mintmark__V1__Config *config = NULL;
    status_t status = read_yaml(path, &config, &problem);
    if (status != STATUS_OK) {
        config_report_problem(&collected, NULL, status, &problem);
        return status;
    }
    config_check(config, &collected);
    status = config_files_read(path, config, &collected);
    if (status != STATUS_OK) {
        config_report_problem(&collected, "", status, &problem);
    }
    if (collected.first != STATUS_OK) {
        mintmark__v1__config__free_unpacked(config, NULL);
        return collected.first;
    }
    if (config->slots == 0) {
        config->slots = cores();
    }
    if (config->identity_ca != NULL && config->identity_ca->days == 0) {
        config->identity_ca->days = CONFIG_IDENTITY_DAYS;
    }
    if (config->max_open_per_station == 0) {
        config->max_open_per_station = CONFIG_OPEN_PER_STATION;
    }
    if (config->two_person_rule == MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_UNSPECIFIED) {
        config->two_person_rule = MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_ON;
    }
    *ret_config = config;
    return STATUS_OK;
}
