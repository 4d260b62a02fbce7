#include "lib/audit/view.h"

#include "lib/audit/state.h"

uint32_t audit_orders(const struct audit *audit)
{
    return (uint32_t)audit->orders.count;
}

const struct audit_order *audit_order(const struct audit *audit, uint32_t number)
{
    return audit_list_at(&audit->orders, number);
}

uint32_t audit_people(const struct audit *audit)
{
    return (uint32_t)audit->people.count;
}

const struct audit_person *audit_person(const struct audit *audit, uint32_t number)
{
    return audit_list_at(&audit->people, number);
}

uint32_t audit_changes(const struct audit *audit)
{
    return (uint32_t)audit->changes.count;
}

const struct audit_change *audit_change(const struct audit *audit, uint32_t number)
{
    return audit_list_at(&audit->changes, number);
}
