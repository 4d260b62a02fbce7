/* Where firmware takes its data from, and where the product puts them. */
#include "client/product_findings.h"
#include "proto/product/left_out.h"

static bool dac_in_secure_cert(const struct product_rules *rules)
{
    switch ((int)product_rules_dac_key(rules)) {
    case MINTMARK__V1__DAC_KEY__DAC_KEY_SECURE_CERT:
    case MINTMARK__V1__DAC_KEY__DAC_KEY_ECDSA_PERIPHERAL:
    case MINTMARK__V1__DAC_KEY__DAC_KEY_HMAC_DERIVED:
        return true;
    default:
        return false;
    }
}

static bool commissioning_in_secure_cert(const struct product_rules *rules)
{
    const Mintmark__V1__Commissioning *commissioning = rules->product->commissioning;
    return commissioning != NULL &&
           commissioning->store_in ==
               MINTMARK__V1__COMMISSIONING_STORE__COMMISSIONING_STORE_SECURE_CERT;
}

static bool leaves_out_commissioning(const struct product_rules *rules)
{
    return product_left_out(rules->product, MINTMARK__V1__LEFT_OUT__LEFT_OUT_COMMISSIONABLE_DATA);
}

static bool leaves_out_instance(const struct product_rules *rules)
{
    return product_left_out(rules->product, MINTMARK__V1__LEFT_OUT__LEFT_OUT_DEVICE_INSTANCE_INFO);
}

/* lib/image/SPEC.md §1.7: a provider that looks for what is not there gives nothing at all. */
static void check_instance_switch(const struct product_rules *rules)
{
    static const struct product_wish present = {
        IMAGE_SDKCONFIG_INSTANCE_INFO, true, PRODUCT_FAIL,
        "firmware takes ids, names and serial number from its build, not the factory data", NULL};
    static const struct product_wish absent = {
        IMAGE_SDKCONFIG_INSTANCE_INFO, false, PRODUCT_FAIL,
        "firmware looks for ids and names in the factory data, and the product leaves them out",
        "switch it off, or take device-instance-info out of left_out"};
    product_rules_wish(rules, leaves_out_instance(rules) ? &absent : &present);
}

/* The SDK's switch is one for commissionable data and DAC. */
static void check_switches(const struct product_rules *rules)
{
    const struct product_wish factory_data = {
        IMAGE_SDKCONFIG_FACTORY_DATA, true,
        leaves_out_commissioning(rules) ? PRODUCT_NOTE : PRODUCT_FAIL,
        "firmware takes test values for passcode, discriminator and DAC, not the factory data",
        NULL};
    static const struct product_wish wishes[] = {
        {IMAGE_SDKCONFIG_TEST_SETUP, false, PRODUCT_NOTE,
         "the SDK's test values are built in, which a device for sale must not have", NULL},
        {IMAGE_SDKCONFIG_SET_CD_API, false, PRODUCT_NOTE,
         "the app can bring its own CD, which must then be the product's", NULL},
    };
    product_rules_wish(rules, &factory_data);
    check_instance_switch(rules);
    for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
        product_rules_wish(rules, &wishes[i]);
    }
}

/* lib/image/SPEC.md §7: the peripheral's path and the software's exclude each other. */
static void check_dac_key(const struct product_rules *rules)
{
    static const struct product_wish in_factory = {
        IMAGE_SDKCONFIG_ECDSA_PERIPHERAL, false, PRODUCT_NOTE,
        "firmware may look for the DAC's key in an eFuse, and the product writes it to flash",
        NULL};
    static const struct product_wish peripheral = {
        IMAGE_SDKCONFIG_ECDSA_PERIPHERAL, true, PRODUCT_FAIL,
        "firmware does not sign with the eFuse key that the product burns", NULL};
    static const struct product_wish software[] = {
        {IMAGE_SDKCONFIG_ECDSA_PERIPHERAL, false, PRODUCT_FAIL,
         "firmware signs with an eFuse key only, and the product burns none",
         "switch it off, or set the product's dac.key to ecdsa-peripheral"},
        {IMAGE_SDKCONFIG_SECURE_CERT_DS, false, PRODUCT_FAIL,
         "it is for RSA keys, and takes away the function that reads the DAC's key", NULL},
    };
    if (!dac_in_secure_cert(rules)) {
        product_rules_wish(rules, &in_factory);
        return;
    }
    if (product_rules_dac_key(rules) == MINTMARK__V1__DAC_KEY__DAC_KEY_ECDSA_PERIPHERAL) {
        product_rules_wish(rules, &peripheral);
        return;
    }
    for (size_t i = 0; i < sizeof(software) / sizeof(*software); i++) {
        product_rules_wish(rules, &software[i]);
    }
}

/* esp-matter's choice of one provider for each kind of data; the SDK alone has none. */
struct choice {
    enum image_sdkconfig_option factory;
    enum image_sdkconfig_option secure_cert;
    enum image_sdkconfig_option test;
    enum image_sdkconfig_option custom;
};

static void check_choice(const struct product_rules *rules, const struct choice *choice,
                         bool in_secure_cert)
{
    const char *path = rules->build->sdkconfig_path;
    const char *place = in_secure_cert ? "esp_secure_cert" : "the factory partition";
    enum image_sdkconfig_option wanted = in_secure_cert ? choice->secure_cert : choice->factory;
    const enum image_sdkconfig_option others[] = {
        choice->test, in_secure_cert ? choice->factory : choice->secure_cert};
    const struct image_sdkconfig_value *right = product_rules_option(rules, wanted);
    const struct image_sdkconfig_value *custom = product_rules_option(rules, choice->custom);
    if (right->is_set) {
        product_findings_tell(rules, PRODUCT_OK, image_sdkconfig_name(wanted), path, right->line,
                              "y");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        const struct image_sdkconfig_value *other = product_rules_option(rules, others[i]);
        if (other->is_set) {
            product_findings_tell(rules, PRODUCT_FAIL, image_sdkconfig_name(others[i]), path,
                                  other->line,
                                  "is set: firmware does not take this from %s: choose %s", place,
                                  image_sdkconfig_name(wanted));
        }
    }
    if (custom->is_set) {
        product_findings_tell(rules, PRODUCT_NOTE, image_sdkconfig_name(choice->custom), path,
                              custom->line, "is set: the app's own code must read %s, or choose %s",
                              place, image_sdkconfig_name(wanted));
    }
}

/* Of what the product leaves out, the app has its own. */
static void check_left_out(const struct product_rules *rules, const struct choice *choice)
{
    const enum image_sdkconfig_option readers[] = {choice->factory, choice->secure_cert};
    for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
        const struct image_sdkconfig_value *reader = product_rules_option(rules, readers[i]);
        if (reader->is_set) {
            product_findings_tell(rules, PRODUCT_FAIL, image_sdkconfig_name(readers[i]),
                                  rules->build->sdkconfig_path, reader->line,
                                  "is set: firmware looks for what the product's left_out leaves "
                                  "out: choose %s, or leave it in",
                                  image_sdkconfig_name(choice->custom));
        }
    }
}

static void check_commissionable(const struct product_rules *rules)
{
    static const struct choice choice = {
        IMAGE_SDKCONFIG_COMMISSIONABLE_FACTORY, IMAGE_SDKCONFIG_COMMISSIONABLE_SECURE_CERT,
        IMAGE_SDKCONFIG_COMMISSIONABLE_TEST, IMAGE_SDKCONFIG_COMMISSIONABLE_CUSTOM};
    if (leaves_out_commissioning(rules)) {
        check_left_out(rules, &choice);
    } else {
        check_choice(rules, &choice, commissioning_in_secure_cert(rules));
    }
}

static void check_instance(const struct product_rules *rules)
{
    static const struct choice choice = {
        IMAGE_SDKCONFIG_INSTANCE_FACTORY, IMAGE_SDKCONFIG_INSTANCE_SECURE_CERT,
        IMAGE_SDKCONFIG_INSTANCE_TEST, IMAGE_SDKCONFIG_INSTANCE_CUSTOM};
    if (leaves_out_instance(rules)) {
        check_left_out(rules, &choice);
    } else {
        check_choice(rules, &choice, false);
    }
}

void product_rules_providers(const struct product_rules *rules)
{
    static const struct choice dac = {IMAGE_SDKCONFIG_DAC_FACTORY, IMAGE_SDKCONFIG_DAC_SECURE_CERT,
                                      IMAGE_SDKCONFIG_DAC_EXAMPLE, IMAGE_SDKCONFIG_DAC_CUSTOM};
    check_switches(rules);
    check_dac_key(rules);
    check_choice(rules, &dac, dac_in_secure_cert(rules));
    check_commissionable(rules);
    check_instance(rules);
}
