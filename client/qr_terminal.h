/* A QR symbol drawn in the terminal. */
#ifndef MINTMARK_CLIENT_QR_TERMINAL_H
#define MINTMARK_CLIENT_QR_TERMINAL_H

#include <stdio.h>

/* Prints the symbol of `text` (error correction M, quiet zone of four modules) with UTF-8 half
 * blocks, two rows of modules a line. On a terminal it sets black and white itself; elsewhere the
 * blocks are the light modules, as on a dark screen. A text that fits no symbol prints a line that
 * says so. */
void qr_terminal_print(FILE *out, const char *text);

#endif
