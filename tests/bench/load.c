/* load SERVER CERTIFICATE KEY CA ORDER SECONDS STATIONS FIRST: as many stations (processes, each
 * one connection) call ProvisionDevice for new units until the time is over. FIRST is the number of
 * the first unit: MACs are made from it. Prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/wire/client.h"

enum { ANSWER_MAX = 4096 * 1024, LATENCIES_MAX = 1 << 20 };

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct station {
    struct wire_client_config config;
    const char *order;
    double end;
    unsigned long first; /* units first, first + step, … */
    unsigned long step;
};

static status_t call(struct wire_client *client, char *order, unsigned long number,
                     struct buf *answer, struct problem *problem)
{
    char mac[18];
    uint8_t bytes[256];
    uint32_t retry_ms = 0;
    (void)snprintf(mac, sizeof(mac), "60:55:%02lx:%02lx:%02lx:%02lx", number >> 24 & 255,
                   number >> 16 & 255, number >> 8 & 255, number & 255);
    Mintmark__V1__Unit unit;
    mintmark__v1__unit__init(&unit);
    Mintmark__V1__ProvisionDeviceRequest request;
    mintmark__v1__provision_device_request__init(&request);
    unit.hardware_id = mac;
    request.order = order;
    request.unit = &unit;
    size_t size = mintmark__v1__provision_device_request__pack(&request, bytes);
    buf_clear(answer);
    return wire_client_call(client, "/mintmark.v1.Provisioning/ProvisionDevice",
                            span_make(bytes, size), answer, &retry_ms, problem);
}

/* Writes one float per unit, in ms; a negative one is a failure and ends the station. */
static int run_station(const struct station *station, FILE *out)
{
    struct problem problem = {0};
    struct wire_client *client = NULL;
    struct buf answer;
    char order[80];
    buf_init_secret(&answer, ANSWER_MAX);
    (void)snprintf(order, sizeof(order), "%s", station->order);
    status_t status = wire_client_open(&station->config, &client, &problem);
    for (unsigned long n = station->first; status == STATUS_OK; n += station->step) {
        double start = seconds_now();
        if (start >= station->end) {
            break;
        }
        status = call(client, order, n, &answer, &problem);
        float latency = (float)((seconds_now() - start) * 1000);
        if (status == STATUS_OK) {
            (void)fwrite(&latency, sizeof(latency), 1, out);
        }
    }
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "load: %s (%s)\n", problem.message, problem.reason);
    }
    wire_client_close(client);
    buf_done(&answer);
    return fclose(out) == 0 && status == STATUS_OK ? 0 : 1;
}

static int compare(const void *a, const void *b)
{
    const float *left = a;
    const float *right = b;
    return (*left > *right) - (*left < *right);
}

static int report(FILE *in, double spent)
{
    float *latencies = calloc(LATENCIES_MAX, sizeof(*latencies));
    if (latencies == NULL) {
        return 1;
    }
    size_t count = fread(latencies, sizeof(*latencies), LATENCIES_MAX, in);
    qsort(latencies, count, sizeof(*latencies), compare);
    if (count > 0) {
        (void)printf("{\"units\": %zu, \"seconds\": %.3f, \"per_second\": %.2f, \"p50_ms\": %.3f, "
                     "\"p99_ms\": %.3f}\n",
                     count, spent, (double)count / spent, (double)latencies[count / 2],
                     (double)latencies[count * 99 / 100]);
    }
    free(latencies);
    return count > 0 ? 0 : 1;
}

static FILE *station_file(const char *folder, long number, const char *mode)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%ld", folder, number);
    return fopen(path, mode);
}

/* All stations' latencies, one after the other. */
static FILE *join(const char *folder, long stations)
{
    FILE *all = tmpfile();
    for (long i = 0; all != NULL && i < stations; i++) {
        FILE *one = station_file(folder, i, "rb");
        float latency = 0;
        while (one != NULL && fread(&latency, sizeof(latency), 1, one) == 1) {
            (void)fwrite(&latency, sizeof(latency), 1, all);
        }
        if (one != NULL) {
            (void)fclose(one);
        }
    }
    if (all != NULL) {
        rewind(all);
    }
    return all;
}

static int run(struct station station, long stations, const char *folder)
{
    double start = seconds_now();
    unsigned long first = station.first;
    station.end += start;
    for (long i = 0; i < stations; i++) {
        station.first = first + (unsigned long)i;
        if (fork() == 0) {
            _exit(run_station(&station, station_file(folder, i, "wb")));
        }
    }
    int failed = 0;
    for (long i = 0; i < stations; i++) {
        int status = 0;
        failed |= wait(&status) < 0 || status != 0;
    }
    double spent = seconds_now() - start;
    FILE *all = join(folder, stations);
    return failed || all == NULL ? 1 : report(all, spent);
}

int main(int argc, char **argv)
{
    if (argc != 9) {
        (void)fprintf(stderr,
                      "usage: load SERVER CERTIFICATE KEY CA ORDER SECONDS STATIONS FIRST\n");
        return 2;
    }
    char folder[] = "/tmp/mintmark-load-XXXXXX";
    long stations = strtol(argv[7], NULL, 10);
    const struct station station = {
        .config = {.server = argv[1],
                   .certificate = argv[2],
                   .key = argv[3],
                   .ca = argv[4],
                   .timeout_ms = 30000},
        .order = argv[5],
        .end = strtod(argv[6], NULL),
        .first = strtoul(argv[8], NULL, 10),
        .step = (unsigned long)stations,
    };
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    int code = run(station, stations, folder);
    for (long i = 0; i < stations; i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/%ld", folder, i);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    return code;
}
