#include "server/config_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/pki/identity_certificate.h"
#include "server/address.h"
#include "server/duration.h"

enum {
    NAME_MAX_SIZE = 64,    /* site, PAI and line names */
    DOMAIN_MAX_SIZE = 255, /* SPIFFE-ID §2.1 */
    ZONE_MAX_SIZE = 64,
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_made_of(const char *text, const char *characters, size_t size_max)
{
    size_t size = strlen(text);
    return size > 0 && size <= size_max && strspn(text, characters) == size;
}

/* libc takes a zone it does not know for UTC without a word. */
static void check_time_zone(const char *zone, struct config_report *report)
{
    char path[ZONE_MAX_SIZE + 32];
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%.64s", zone);
    if (!is_made_of(zone, LOWER UPPER DIGITS "_+-/", ZONE_MAX_SIZE) || zone[0] == '/' ||
        access(path, R_OK) != 0) {
        config_report_say(report, "TIME_ZONE", "site.time_zone",
                          "site.time_zone \"%.64s\" is not known here: write it like "
                          "Asia/Shanghai; the zones come with the package tzdata",
                          zone);
    }
}

static void check_site(const Mintmark__V1__Site *site, struct config_report *report)
{
    if (site == NULL) {
        config_report_say(report, "KEY_REQUIRED", "site", "site is required: name, trust_domain");
        return;
    }
    if (!is_made_of(site->name, LOWER UPPER DIGITS "._-", NAME_MAX_SIZE)) {
        config_report_say(report, "SITE_NAME", "site.name",
                          "site.name is 1 to %d letters, digits, '.', '_' or '-'", NAME_MAX_SIZE);
    }
    if (!is_made_of(site->trust_domain, LOWER DIGITS "._-", DOMAIN_MAX_SIZE)) {
        config_report_say(report, "TRUST_DOMAIN", "site.trust_domain",
                          "site.trust_domain is lower-case letters, digits, '.', '_' and '-'");
    }
    if (site->time_zone[0] != '\0') {
        check_time_zone(site->time_zone, report);
    }
}

static void check_listener(const char *name, const Mintmark__V1__Listener *listener,
                           struct config_report *report)
{
    struct address address;
    if (listener == NULL) {
        config_report_say(report, "KEY_REQUIRED", name,
                          "%s is required: address, certificate, key, client_ca", name);
    } else if (address_parse(listener->address, &address) != STATUS_OK) {
        char field[PROBLEM_FIELD_MAX];
        (void)snprintf(field, sizeof(field), "%s.address", name);
        config_report_say(report, "ADDRESS", field,
                          "%s \"%.80s\" is not like \"192.0.2.1:8443\" or \"[::]:8443\"", field,
                          listener->address);
    }
}

/* RFC 7512. What the URI names is the signer's to judge; that it holds no PIN is ours, because a
 * configuration file is no place for one. */
static void check_uri(const char *field, const char *uri, struct config_report *report)
{
    if (strncmp(uri, "pkcs11:", strlen("pkcs11:")) != 0) {
        config_report_say(report, "KEY_URI", field,
                          "%s is a key's URI, like \"pkcs11:token=mint;object=mintmark-seal\"",
                          field);
    } else if (strstr(uri, "pin-value") != NULL || strstr(uri, "pin-source") != NULL) {
        config_report_say(report, "KEY_URI", field,
                          "%s names a PIN: take it out, token.pin_file is the place", field);
    }
}

static void check_token(const Mintmark__V1__Token *token, struct config_report *report)
{
    if (token == NULL) {
        config_report_say(report, "KEY_REQUIRED", "token",
                          "token is required: module, pin_file, seal_key");
        return;
    }
    check_uri("token.seal_key", token->seal_key, report);
    if (token->log_key[0] != '\0') {
        check_uri("token.log_key", token->log_key, report);
    }
}

static void check_pais(const Mintmark__V1__Config *config, struct config_report *report)
{
    if (config->n_pais == 0) {
        config_report_say(report, "KEY_REQUIRED", "pais", "pais is required: at least one PAI");
    }
    for (size_t i = 0; i < config->n_pais; i++) {
        const Mintmark__V1__Pai *pai = config->pais[i]->value;
        char field[PROBLEM_FIELD_MAX];
        (void)snprintf(field, sizeof(field), "pais.%.64s", config->pais[i]->key);
        if (!is_made_of(config->pais[i]->key, LOWER DIGITS "-", NAME_MAX_SIZE)) {
            config_report_say(report, "PAI_NAME", field,
                              "a PAI's name is 1 to %d lower-case letters, digits and '-'",
                              NAME_MAX_SIZE);
        }
        (void)snprintf(field, sizeof(field), "pais.%.64s.key", config->pais[i]->key);
        if (pai != NULL && pai->bought && pai->key[0] != '\0') {
            config_report_say(report, "PAI_BOUGHT", field,
                              "%s: the key of a PAI whose DACs are bought is not here: leave key "
                              "or bought out",
                              field);
        } else if (pai == NULL || !pai->bought) {
            check_uri(field, pai != NULL ? pai->key : "", report);
        }
    }
}

static void check_classes(const Mintmark__V1__Config *config, struct config_report *report)
{
    unsigned seen = 0;
    if (config->n_allow_classes == 0) {
        config_report_say(report, "KEY_REQUIRED", "allow_classes",
                          "allow_classes is required: say which of test, provisional, production "
                          "this server may issue");
    }
    for (size_t i = 0; i < config->n_allow_classes; i++) {
        unsigned bit = 1u << config->allow_classes[i]; /* a listed value: 1..3 */
        if ((seen & bit) != 0) {
            config_report_say(report, "CLASS_TWICE", "allow_classes",
                              "allow_classes names a class twice");
        }
        seen |= bit;
    }
}

static void check_duration(const char *field, const char *text, struct config_report *report)
{
    int64_t ms = 0;
    if (text[0] != '\0' && duration_read(text, &ms) != STATUS_OK) {
        config_report_say(report, "DURATION", field,
                          "%s is whole days or hours, from 1h to %dd, not \"%.20s\"", field,
                          DURATION_DAYS_MAX, text);
    }
}

static void check_identity_ca(const Mintmark__V1__IdentityCa *ca, struct config_report *report)
{
    if (ca == NULL) {
        return;
    }
    check_uri("identity_ca.key", ca->key, report);
    if (ca->days > PKI_IDENTITY_DAYS_MAX) {
        config_report_say(report, "IDENTITY_DAYS", "identity_ca.days",
                          "a station's certificate is valid for at most %d days",
                          PKI_IDENTITY_DAYS_MAX);
    }
}

void config_check(const Mintmark__V1__Config *config, struct config_report *report)
{
    check_site(config->site, report);
    check_listener("stations", config->stations, report);
    check_listener("administration", config->administration, report);
    check_token(config->token, report);
    check_identity_ca(config->identity_ca, report);
    check_pais(config, report);
    check_classes(config, report);
    if (config->retention != NULL) {
        check_duration("retention.device_secrets", config->retention->device_secrets, report);
        check_duration("retention.onboarding", config->retention->onboarding, report);
    }
    if (config->max_open_per_station > CONFIG_OPEN_PER_STATION_MAX) {
        config_report_say(report, "MAX_OPEN", "max_open_per_station",
                          "max_open_per_station is at most %d", CONFIG_OPEN_PER_STATION_MAX);
    }
    if (config->slots > CONFIG_SLOTS_MAX) {
        config_report_say(report, "SLOTS", "slots", "slots is at most %d", CONFIG_SLOTS_MAX);
    }
    if (config->n_cd_signers > CONFIG_CD_SIGNERS_MAX) {
        config_report_say(report, "CD_SIGNERS", "cd_signers", "at most %d CD signers",
                          CONFIG_CD_SIGNERS_MAX);
    }
}
