#include "server/supervisor/commands.h"

#include <stdio.h>
#include <string.h>

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
    (void)printf("  pais        ");
    for (size_t i = 0; i < config->n_pais; i++) {
        (void)printf("%s%s", i > 0 ? ", " : "", config->pais[i]->key);
    }
    (void)printf("\n  classes     ");
    for (size_t i = 0; i < config->n_allow_classes; i++) {
        (void)printf("%s%s", i > 0 ? ", " : "", class_name(config->allow_classes[i], name));
    }
    bool two = config->two_person_rule == MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_ON;
    (void)printf("\n  two people  %s\n", two ? "on" : "OFF: one operator changes everything alone");
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
    (void)printf("  administr.  %s\n", config->administration->address);
    (void)printf("  token       %s\n", config->token->module);
    (void)printf("  slots       %u\n", config->slots);
    print_lists(config);
    mintmark__v1__config__free_unpacked(config, NULL);
    return 0;
}

/* "operator, auditor" */
static void list_roles(unsigned roles, char *ret_text, size_t size)
{
    static const char *const NAMES[] = {NULL, "station", "operator", "auditor", "label"};
    (void)snprintf(ret_text, size, "%s", roles == METHOD_ROLE_NOBODY ? "nobody" : "");
    for (size_t i = 1; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if ((roles & 1u << i) != 0) {
            size_t used = strlen(ret_text);
            (void)snprintf(ret_text + used, size - used, "%s%s", used > 0 ? ", " : "", NAMES[i]);
        }
    }
}

static void print_changes(void)
{
    static const char *const PEOPLE[] = {
        [METHOD_AGREEMENT_ONE] = "one",
        [METHOD_AGREEMENT_LIMITS] = "one inside the product's limits, else two",
        [METHOD_AGREEMENT_TWO] = "two",
    };
    (void)printf("\n%-45s %-18s %s\n", "change", "kind", "operators (two_person_rule: on)");
    for (size_t i = 0; i < METHOD_CHANGE_COUNT; i++) {
        const struct method_change *row = &METHOD_CHANGES[i];
        (void)printf("%-45s %-18s %s\n", METHOD_TABLE[row->method].path, row->kind,
                     PEOPLE[row->agreement]);
    }
}

int commands_print_policy(void)
{
    (void)printf("%-45s %-18s %-16s %12s %10s\n", "method", "roles", "listener", "request max",
                 "limit ms");
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct method_row *row = &METHOD_TABLE[i];
        char roles[64];
        list_roles(row->roles, roles, sizeof(roles));
        (void)printf("%-45s %-18s %-16s %12zu %10u\n",
                     row->path[0] != '\0' ? row->path : "(upkeep)", roles,
                     LISTENER_NAMES[row->listener], row->request_max, row->time_limit_ms);
    }
    print_changes();
    return 0;
}
