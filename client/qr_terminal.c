#include "client/qr_terminal.h"

#include <unistd.h>

#include "client/qr_symbol.h"

enum { QUIET = QR_SYMBOL_MARGIN };

static const char white_on_black[] = "\033[97;40m";
static const char reset[] = "\033[0m";

/* Light is what gets a block: the quiet zone around the symbol too. */
static bool light(const struct qr_symbol *symbol, int row, int column)
{
    return !qr_symbol_is_dark(symbol, row, column);
}

static void print_line(FILE *out, const struct qr_symbol *symbol, int row, bool colours)
{
    static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
    int end = (int)symbol->width + QUIET;
    (void)fputs(colours ? white_on_black : "", out);
    for (int column = -QUIET; column < end; column++) {
        /* an odd number of rows: the last line's lower half lies outside and stays dark */
        bool below = row + 1 < end && light(symbol, row + 1, column);
        (void)fputs(blocks[light(symbol, row, column)][below], out);
    }
    (void)fprintf(out, "%s\n", colours ? reset : "");
}

void qr_terminal_print(FILE *out, const char *text)
{
    AUTO(qr_symbol_done) struct qr_symbol symbol = {0};
    if (qr_symbol_make(text, &symbol, NULL) != STATUS_OK) {
        (void)fprintf(out, "(no QR symbol: the text does not fit one)\n");
        return;
    }
    bool colours = isatty(fileno(out)) == 1;
    for (int row = -QUIET; row < (int)symbol.width + QUIET; row += 2) {
        print_line(out, &symbol, row, colours);
    }
}
