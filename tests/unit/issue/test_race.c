/* Workers racing for the last identities of an order, each a process with its own store. */
#include "tests/support/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/factory.h"

enum { RACERS = 8, RACE_QUANTITY = 3, RACE_UNITS = 6 };

/* A process of its own: its own store connection, as a worker has. */
static int race(struct factory *factory, int racer)
{
    int issued = 0;
    struct problem problem;
    if (store_open(factory->folder, &factory->environment.store, &problem) != STATUS_OK) {
        return 100;
    }
    for (int i = 0; i < RACE_UNITS; i++) {
        char mac[18];
        struct issue_result result;
        (void)snprintf(mac, sizeof(mac), "60:55:f9:01:a2:%02x", (i + racer) % RACE_UNITS);
        status_t status = factory_issue(factory, factory_request(mac), &result, &problem);
        if (status == STATUS_OK) {
            issued++;
            issue_result_done(&result);
        } else if (status != STATUS_EXHAUSTED && status != STATUS_ABORTED) {
            return 100 + (int)status;
        }
    }
    return issued;
}

static void race_all(const char *serial_number_pattern)
{
    struct factory factory;
    factory_init(&factory, RACE_QUANTITY);
    factory.product.serial_number_pattern = serial_number_pattern;
    pid_t children[RACERS];
    for (int i = 0; i < RACERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            _exit(race(&factory, i));
        }
    }
    for (int i = 0; i < RACERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, RACE_QUANTITY);
    }
    struct store_order order = factory_order(&factory);
    assert_int_equal(order.counted, RACE_QUANTITY);
    assert_int_equal(order.issued, RACE_QUANTITY);
    factory_done(&factory);
}

static void test_racing_workers_never_exceed_the_order(void **state)
{
    (void)state;
    race_all("T{random:10}");
}

/* They are never given one number twice: no reservation is refused for its serial number. */
static void test_racing_workers_count(void **state)
{
    (void)state;
    race_all("T{counter:4}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_racing_workers_never_exceed_the_order),
        cmocka_unit_test(test_racing_workers_count),
    };
    return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
