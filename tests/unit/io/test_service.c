/* The service manager's end of sd_notify(3), by a path and by an abstract name. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "io/service.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char heard[2048];

/* A manager that listens at `text`, as NOTIFY_SOCKET says it. */
static int listen_at(const char *text)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memcpy(name.sun_path, text, strlen(text));
    if (text[0] == '@')
        name.sun_path[0] = 0;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(text));
    assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
    return fd;
}

static const char *hear(int fd)
{
    ssize_t len = recv(fd, heard, sizeof(heard) - 1, 0);
    heard[len > 0 ? len : 0] = 0;
    return heard;
}

static void tell_and_hear(const char *where)
{
    struct zv_service service;
    int manager = listen_at(where);
    assert_int_equal(zv_service_open(&service, &(struct zv_service_cfg){.socket = where}), 0);
    assert_true(zv_service_tell(&service, "READY=1\nSTATUS=%d calls", 3));
    assert_string_equal(hear(manager), "READY=1\nSTATUS=3 calls");
    assert_int_equal(service.watchdog_us, 0);
    close(manager);
    assert_false(zv_service_tell(&service, "WATCHDOG=1")); /* it is gone, and nothing breaks */
    zv_service_close(&service);
}

static void a_manager_hears_by_a_path(void **state)
{
    (void)state;
    char folder[] = "/tmp/zvonok-service-XXXXXX", where[64];
    assert_non_null(mkdtemp(folder));
    snprintf(where, sizeof(where), "%s/notify", folder);
    tell_and_hear(where);
    unlink(where);
    rmdir(folder);
}

static void a_manager_hears_by_an_abstract_name(void **state)
{
    (void)state;
    char where[64];
    snprintf(where, sizeof(where), "@zvonok/test/%d", (int)getpid());
    tell_and_hear(where);
}

static void without_a_manager_nothing_is_wrong(void **state)
{
    (void)state;
    struct zv_service service;
    assert_int_equal(zv_service_open(&service, &(struct zv_service_cfg){0}), 0);
    assert_true(zv_service_tell(&service, "READY=1"));
    assert_int_equal(zv_service_open(&service, &(struct zv_service_cfg){.socket = ""}), 0);
    assert_int_equal(service.fd, -1);
    zv_service_close(&service);
}

static void what_is_no_name_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"relative/path", "/", "@", "vsock:2:1234"};
    char long_name[200];
    struct zv_service service;
    memset(long_name, 'a', sizeof(long_name) - 1);
    long_name[0] = '/';
    long_name[sizeof(long_name) - 1] = 0;
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++) {
        struct zv_service_cfg cfg = {.socket = wrong[i]};
        assert_int_equal(zv_service_open(&service, &cfg), ZV_E_INVAL);
        assert_int_equal(service.fd, -1);
    }
    struct zv_service_cfg cfg = {.socket = long_name};
    assert_int_equal(zv_service_open(&service, &cfg), ZV_E_INVAL);
}

static void the_watchdog_is_for_this_process_or_not(void **state)
{
    (void)state;
    char own[32];
    snprintf(own, sizeof(own), "%d", (int)getpid());
    const struct {
        const char *usec, *pid;
        int64_t wanted_us;
    } rows[] = {
        {"10000000", own, 10000000},
        {"10000000", NULL, 10000000},
        {"10000000", "1", 0},
        {"soon", own, 0},
        {NULL, own, 0},
        {"10000000", "x", 0},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        struct zv_service service;
        struct zv_service_cfg cfg = {
            .socket = "@zvonok/nobody", .watchdog_usec = rows[i].usec, .watchdog_pid = rows[i].pid};
        assert_int_equal(zv_service_open(&service, &cfg), 0);
        assert_int_equal(service.watchdog_us, rows[i].wanted_us);
        zv_service_close(&service);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_manager_hears_by_a_path),
    cmocka_unit_test(a_manager_hears_by_an_abstract_name),
    cmocka_unit_test(without_a_manager_nothing_is_wrong),
    cmocka_unit_test(what_is_no_name_is_refused),
    cmocka_unit_test(the_watchdog_is_for_this_process_or_not),
};
ZV_TEST_MAIN(tests)
