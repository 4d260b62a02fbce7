#include "client/qr_terminal.h"

#include <openssl/crypto.h>
#include <qrencode.h>
#include <stdbool.h>
#include <unistd.h>

enum { QUIET = 4 };

static const char white_on_black[] = "\033[97;40m";
static const char reset[] = "\033[0m";

/* Light is what gets a block: the quiet zone around the symbol too. */
static bool light(const QRcode *symbol, int row, int column)
{
    if (row < 0 || column < 0 || row >= symbol->width || column >= symbol->width) {
        return true;
    }
    return (symbol->data[row * symbol->width + column] & 1) == 0;
}

static void print_line(FILE *out, const QRcode *symbol, int row, bool colours)
{
    static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
    (void)fputs(colours ? white_on_black : "", out);
    for (int column = -QUIET; column < symbol->width + QUIET; column++) {
        /* an odd number of rows: the last line's lower half lies outside and stays dark */
        bool below = row + 1 < symbol->width + QUIET && light(symbol, row + 1, column);
        (void)fputs(blocks[light(symbol, row, column)][below], out);
    }
    (void)fprintf(out, "%s\n", colours ? reset : "");
}

void qr_terminal_print(FILE *out, const char *text)
{
    QRcode *symbol = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (symbol == NULL) {
        (void)fprintf(out, "(no QR symbol: the text does not fit one)\n");
        return;
    }
    bool colours = isatty(fileno(out)) == 1;
    for (int row = -QUIET; row < symbol->width + QUIET; row += 2) {
        print_line(out, symbol, row, colours);
    }
    /* the symbol is the passcode in another writing */
    OPENSSL_cleanse(symbol->data, (size_t)symbol->width * (size_t)symbol->width);
    QRcode_free(symbol);
}
