/* `mintmarkd --load FILE…`: products and orders into the store, until they come by RPC. */
#ifndef MINTMARK_SERVER_LOAD_H
#define MINTMARK_SERVER_LOAD_H

#include "mintmark/v1/config.pb-c.h"

/* Reads each file in turn: one with the key `order:` is an order, any other a product. Only
 * products of class test are taken; a certification_declaration.file is read relative to its
 * product.yaml. Stops at the first refusal; what was stored before stays (loading again is
 * harmless). Prints a line for each; returns the exit code. */
int load_main(const Mintmark__V1__Config *config, int argc, char **argv);

#endif
