/* Step 2 (authorize): may this station have this unit of this order? */
#ifndef MINTMARK_SERVER_ISSUE_AUTHORIZE_H
#define MINTMARK_SERVER_ISSUE_AUTHORIZE_H

#include "server/issue/issue.h"

/* STATUS_UNAVAILABLE CLOCK_JUMP: the clock was set by much while this process ran. */
MUST_USE status_t issue_authorize_clock(const struct issue_environment *environment,
                                        struct problem *problem);

/* By how much the clock was set since this process began, or stands before the log's newest entry;
 * 0: it can be trusted. */
int64_t issue_authorize_jump_ms(const struct issue_environment *environment);

/* The time of what is put on record whatever the clock says (units under way, deliveries, reports):
 * now, or where the clock was set by much, what it would say if it had not been; never before the
 * log's newest entry. A wrong clock must leave no entries of the future: nothing new could be
 * reserved until that time has come. */
int64_t issue_authorize_now_ms(const struct issue_environment *environment);

/* May stations of this line have units of the order? */
bool issue_authorize_line(const struct store_order *order, const char *line);

/* STATUS_NOT_FOUND ORDER_UNKNOWN, for orders of other lines too: a station learns nothing about
 * orders that are not its own. */
MUST_USE status_t issue_authorize_order(const struct issue_environment *environment, const char *id,
                                        const char *line, struct store_order *ret_order,
                                        struct problem *problem);

/* A new identity: order known and open, inside its window, the station's line, the product's chip,
 * PAI still valid. Fills ret_order and ret_product. */
MUST_USE status_t issue_authorize_new(const struct issue_environment *environment,
                                      const struct issue_request *request,
                                      struct store_order *ret_order,
                                      const struct unit_product **ret_product,
                                      struct problem *problem);

/* Who asks for a unit on record, and what it is said to be. */
struct issue_caller {
    const char *identity;
    const char *line; /* "" when it has none */
    const char *order;
    const char *hardware_id; /* "" when not known */
    bool line_too;           /* any station of the reserving station's line may */
    bool may_take; /* a released unit may be taken: the order was found to be the line's */
};

/* The caller's own unit of that order, and the same chip. `unit` is NULL when there is none: the
 * answer is the same as for somebody else's, so that a station learns nothing about others. */
MUST_USE status_t issue_authorize_unit(const struct issue_caller *caller,
                                       const struct store_unit *unit, struct problem *problem);

/* An identity on record: the same order, station, key and hardware. */
MUST_USE status_t issue_authorize_known(const struct issue_environment *environment,
                                        const struct issue_request *request,
                                        const struct store_unit *unit,
                                        const struct unit_product *product,
                                        struct problem *problem);

#endif
