/* mintmark payload encode */
#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "client/files.h"
#include "client/payload.h"
#include "client/payload_encode_arguments.h"
#include "client/qr_terminal.h"

enum { DRAWN_MAX = 32 * 1024 * 1024 }; /* a PNG is far smaller than its pixels */

typedef status_t draw_t(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                        struct buf *ret_file, struct problem *problem);

static status_t draw_file(const char *path, draw_t *draw, const struct qr_symbol *symbol,
                          const struct qr_drawing *drawing, struct problem *problem)
{
    if (path == NULL) {
        return STATUS_OK;
    }
    AUTO(buf_done) struct buf file;
    buf_init_secret(&file, DRAWN_MAX);
    TRY(draw(symbol, drawing, &file, problem));
    return files_write(path, buf_span(&file), problem);
}

static status_t draw_files(const struct payload_encode_arguments *arguments, const char *code,
                           struct problem *problem)
{
    const char *png = arguments->texts[PAYLOAD_PNG];
    const char *svg = arguments->texts[PAYLOAD_SVG];
    if (png == NULL && svg == NULL) {
        return STATUS_OK;
    }
    AUTO(qr_symbol_done) struct qr_symbol symbol = {0};
    struct qr_drawing drawing = {0};
    TRY(payload_encode_drawing(arguments, &drawing, problem));
    TRY(qr_symbol_make(code, &symbol, problem));
    TRY(draw_file(png, qr_png_draw, &symbol, &drawing, problem));
    return draw_file(svg, qr_svg_draw, &symbol, &drawing, problem);
}

/* ret_code: the QR payload with its NUL. */
static status_t encode(const struct payload_encode_arguments *arguments, struct buf *ret_code,
                       struct buf *output, struct problem *problem)
{
    struct matter_onboarding onboarding = {0};
    char manual[MATTER_MANUAL_SIZE];
    AUTO(buf_done) struct buf tlv;
    buf_init_secret(&tlv, MATTER_QR_TEXT_MAX);
    TRY(payload_encode_values(arguments, &onboarding, &tlv, problem));
    TRY(matter_onboarding_qr_append(&onboarding, ret_code, problem));
    TRY(matter_onboarding_manual(&onboarding, manual, problem));
    buf_append_byte(ret_code, '\0');
    TRY(buf_status(ret_code));
    const char *code = (const char *)ret_code->data;
    TRY(draw_files(arguments, code, problem));
    if (arguments->json) {
        buf_print(output, "{\"qr_code\": \"%s\", \"manual_code\": \"%s\"}\n", code, manual);
    } else {
        buf_print(output, "QR payload   %s\nManual code  ", code);
        payload_print_manual(manual, output);
        buf_append_text(output, "\n");
    }
    explicit_bzero(&onboarding, sizeof(onboarding));
    explicit_bzero(manual, sizeof(manual));
    return STATUS_OK;
}

int payload_encode_command(int argc, char **argv)
{
    struct payload_encode_arguments arguments = {0};
    int exit_code = payload_encode_arguments_read(argc, argv, &arguments);
    if (exit_code != 0) {
        return exit_code < 0 ? 0 : exit_code;
    }
    AUTO(buf_done) struct buf output;
    AUTO(buf_done) struct buf code;
    buf_init_secret(&output, PAYLOAD_OUTPUT_MAX);
    buf_init_secret(&code, MATTER_QR_TEXT_MAX + 1);
    struct problem problem = {0};
    status_t status = encode(&arguments, &code, &output, &problem);
    exit_code = payload_write(&output, status, &problem, arguments.json);
    if (exit_code == 0 && !arguments.json && (arguments.qr || isatty(STDOUT_FILENO) == 1)) {
        qr_terminal_print(stdout, (const char *)code.data);
    }
    return exit_code;
}
