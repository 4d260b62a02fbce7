#include "server/supervisor/commands.h"

#include <stdio.h>

#include "proto/text/enum.h"
#include "server/config.h"
#include "server/method.h"

static void print_problem(void *context, const struct problem *problem)
{
    unsigned *count = context;
    ++*count;
    (void)fprintf(stderr, "mintmarkd: %s [%s] (%s)\n", problem->message, problem->field,
                  problem->reason);
}

Mintmark__V1__Config *commands_load_config(const char *path, int *ret_code)
{
    unsigned count = 0;
    Mintmark__V1__Config *config = NULL;
    status_t status = config_load(path, print_problem, &count, &config);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "mintmarkd: %s: %u problem%s\n", path, count, count == 1 ? "" : "s");
        *ret_code = status_exit_code(status);
        return NULL;
    }
    return config;
}

static const char *class_name(Mintmark__V1__ProductClass value,
                              char name[static TEXT_ENUM_NAME_MAX])
{
    return text_enum_name(&mintmark__v1__product_class__descriptor, (int)value, name) ? name : "?";
}

static void print_lists(const Mintmark__V1__Config *config)
{
    char name[TEXT_ENUM_NAME_MAX];
    unsigned roles[4] = {0};
    (void)printf("  pais        ");
    for (size_t i = 0; i < config->n_pais; i++) {
        (void)printf("%s%s", i > 0 ? ", " : "", config->pais[i]->key);
    }
    (void)printf("\n  classes     ");
    for (size_t i = 0; i < config->n_allow_classes; i++) {
        (void)printf("%s%s", i > 0 ? ", " : "", class_name(config->allow_classes[i], name));
    }
    for (size_t i = 0; i < config->n_identities; i++) {
        roles[config->identities[i]->value->role]++; /* a listed value */
    }
    (void)printf("\n  identities  stations %u, operators %u, auditors %u\n",
                 roles[MINTMARK__V1__ROLE__ROLE_STATION], roles[MINTMARK__V1__ROLE__ROLE_OPERATOR],
                 roles[MINTMARK__V1__ROLE__ROLE_AUDITOR]);
}

int commands_check_config(const char *path)
{
    int code = 0;
    Mintmark__V1__Config *config = commands_load_config(path, &code);
    if (config == NULL) {
        return code;
    }
    (void)printf("%s: ok\n", path);
    (void)printf("  site        %s, trust domain %s\n", config->site->name,
                 config->site->trust_domain);
    (void)printf("  state       %s\n", config->state_directory);
    (void)printf("  stations    %s\n", config->stations->address);
    (void)printf("  token       %s\n", config->token->module);
    (void)printf("  slots       %u\n", config->slots);
    print_lists(config);
    mintmark__v1__config__free_unpacked(config, NULL);
    return 0;
}

int commands_print_policy(void)
{
    static const char *const ROLES[] = {"-", "station", "operator", "auditor"};
    (void)printf("%-45s %-10s %-16s %12s %10s\n", "method", "role", "listener", "request max",
                 "limit ms");
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct method_row *row = &METHOD_TABLE[i];
        (void)printf("%-45s %-10s %-16s %12zu %10u\n", row->path, ROLES[row->role],
                     row->listener == LISTENER_STATIONS ? "stations" : "administration",
                     row->request_max, row->time_limit_ms);
    }
    return 0;
}
