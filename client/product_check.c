/* mintmark product check */
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/product_rules.h"
#include "proto/product/table.h"
#include "proto/text/yaml.h"

static const char HELP[] =
    "Usage: mintmark product check product.yaml --from BUILD_DIR [options]\n"
    "Compares a product with the firmware that is to read its data, and names every option of the\n"
    "build that contradicts it. Needs no server; what is wrong with the product by itself the\n"
    "server says when it is applied.\n"
    "\n"
    "  --from BUILD_DIR        the folder of `idf.py build`; sdkconfig lies there or one above\n"
    "  --sdkconfig FILE        this sdkconfig\n"
    "  --partition-table FILE  this table, binary or CSV; blank offsets of a CSV begin behind the\n"
    "                          table's own place, which sdkconfig tells (else 0x8000)\n"
    "  --flasher-args FILE     this flasher_args.json\n"
    "  --json                  one JSON object on standard output\n"
    "\n"
    "Exit code: 0 nothing contradicts, 1 something does (FAIL), 2 wrong usage. A note is a thing "
    "to "
    "know.\n"
    "\n"
    "Examples:\n"
    "  mintmark product check product.yaml --from lamp/build\n"
    "  mintmark product check product.yaml --sdkconfig sdkconfig --partition-table "
    "partitions.csv\n";

static const struct product_command COMMAND_CHECK = {
    .name = "product check", .help = HELP, .checks = true};

static status_t read_product(const char *path, ProtobufCMessage **ret_message,
                             struct problem *problem)
{
    AUTO(buf_done) struct buf document;
    buf_init(&document, TEXT_YAML_MAX);
    TRY(files_read(path, &document, problem));
    return text_yaml_read(path, buf_span(&document), &mintmark__v1__product__descriptor,
                          ret_message, problem);
}

/* "sdkconfig:12"; nothing for what is the product's own. */
static void append_where(const struct product_finding *finding, struct buf *ret_text)
{
    if (finding->path != NULL) {
        buf_append_text(ret_text, finding->path);
    }
    if (finding->line != 0) {
        buf_print(ret_text, ":%u", finding->line);
    }
}

/* One line of the table: only what is wrong or to be known has a place. */
static void print_finding(const struct product_finding *finding, struct buf *output)
{
    static const char *const words[] = {"ok  ", "note", "FAIL"};
    buf_print(output, "%s  ", words[finding->verdict]);
    if (finding->verdict != PRODUCT_OK && finding->path != NULL) {
        append_where(finding, output);
        buf_append_text(output, ": ");
    }
    buf_print(output, "%s: %s\n", finding->what, finding->text);
}

static void print_finding_json(const struct product_finding *finding, struct buf *output)
{
    static const char *const words[] = {"ok", "note", "fail"};
    AUTO(buf_done) struct buf where;
    buf_init(&where, PRODUCT_PATH_MAX + 16);
    append_where(finding, &where);
    buf_print(output, "{\"verdict\": \"%s\"", words[finding->verdict]);
    json_append_name(output, "what", false);
    json_append_text(output, span_text(finding->what));
    json_append_name(output, "where", false);
    json_append_text(output, buf_span(&where));
    json_append_name(output, "text", false);
    json_append_text(output, span_text(finding->text));
    buf_append_byte(output, '}');
}

static void print_text(const struct product_findings *findings, struct buf *output)
{
    for (size_t i = 0; i < findings->count; i++) {
        print_finding(&findings->items[i], output);
    }
    if (findings->fails == 0) {
        buf_append_text(output, "The build agrees with the product.\n");
    } else {
        buf_print(output, "%zu contradiction%s between product and build.\n", findings->fails,
                  findings->fails == 1 ? "" : "s");
    }
}

static void print_json(const struct product_findings *findings, struct buf *output)
{
    buf_print(output, "{\"verdict\": \"%s\", \"findings\": [",
              findings->fails == 0 ? "agrees" : "contradicts");
    for (size_t i = 0; i < findings->count; i++) {
        buf_append_text(output, i == 0 ? "" : ", ");
        print_finding_json(&findings->items[i], output);
    }
    buf_append_text(output, "]}\n");
}

static status_t run(const struct product_arguments *arguments, struct product_findings *findings,
                    struct buf *output, struct problem *problem)
{
    ProtobufCMessage *message = NULL;
    struct product_build build;
    TRY(product_build_read(arguments, &build, problem));
    TRY(read_product(arguments->operand, &message, problem));
    status_t status =
        product_table_read(arguments->operand, (Mintmark__V1__Product *)message, problem);
    if (status == STATUS_OK) {
        product_rules_run((const Mintmark__V1__Product *)message, &build, findings);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    TRY(status);
    (arguments->json ? print_json : print_text)(findings, output);
    return buf_status(output);
}

int product_check_command(int argc, char **argv)
{
    struct product_arguments arguments;
    struct product_findings findings;
    struct problem problem = {0};
    int code = 0;
    if (!product_arguments_read(&COMMAND_CHECK, argc, argv, &arguments, &code)) {
        return code;
    }
    AUTO(buf_done) struct buf output;
    buf_init(&output, PRODUCT_OUTPUT_MAX);
    status_t status = run(&arguments, &findings, &output, &problem);
    if (status != STATUS_OK) {
        return command_fail(&problem, status, arguments.json);
    }
    (void)fwrite(output.data, 1, output.size, stdout);
    return status_exit_code(findings.fails == 0 ? STATUS_OK : STATUS_REFUSED);
}
