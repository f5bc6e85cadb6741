/*
 * The admin socket's server on a real loop and a real socket in a folder of its own. Client and
 * server share this thread: clients never block, the loop is turned until what is waited for is
 * there.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "admin/admin.h"
#include "admin/socket.h"
#include "base/err.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#define STATUS "{\"version\":1,\"verb\":\"status\"}\n"
#define DOCTOR "{\"version\":1,\"verb\":\"doctor\"}\n"
/* A user without rights; any number serves. */
#define NOBODY 65534

enum reply {
    REPLY_AT_ONCE,
    REPLY_NEVER,
    REPLY_HELD,
    REPLY_HUGE,     /* 8 MiB */
    REPLY_TOO_HUGE, /* more than an answer may have */
};

static struct bench {
    char folder[64];
    char path[96];
    uv_loop_t loop;
    struct zv_admin *admin;
    enum reply reply;
    unsigned queries;
    unsigned gone;
    unsigned held;
    int fd; /* of the last query */
    zv_admin_id last;
    char id[ZV_ADMIN_ID_CAP];
} bench;

static void write_huge(const void *arg, struct zv_json *json)
{
    static char block[65536];
    size_t blocks = *(const size_t *)arg;
    memset(block, 'x', sizeof(block));
    zv_json_open_list(json, "blocks");
    for (size_t i = 0; i < blocks; i++)
        zv_json_str(json, NULL, zv_str_n(block, sizeof(block)));
    zv_json_close_list(json);
}

static void write_hello(const void *arg, struct zv_json *json)
{
    zv_json_text(json, "id", arg);
}

static void on_query(void *arg, const struct zv_admin_query *query)
{
    static const size_t huge = 128, too_huge = 300;
    (void)arg;
    bench.queries++;
    bench.last = query->id;
    if (bench.fd >= 0)
        close(bench.fd);
    bench.fd = query->fd;
    assert_int_equal(query->uid, getuid());
    memcpy(bench.id, query->request->id, sizeof(bench.id));
    if (bench.reply == REPLY_AT_ONCE)
        zv_admin_answer(bench.admin, query->id, write_hello, bench.id);
    else if (bench.reply == REPLY_HUGE)
        zv_admin_answer(bench.admin, query->id, write_huge, &huge);
    else if (bench.reply == REPLY_TOO_HUGE)
        zv_admin_answer(bench.admin, query->id, write_huge, &too_huge);
    else if (bench.reply == REPLY_HELD)
        bench.held += zv_admin_hold(bench.admin, query->id) == 0;
}

static void on_gone(void *arg, zv_admin_id id)
{
    (void)arg;
    assert_true(id.v != 0);
    bench.gone++;
}

static int open_server(const char *group, int64_t patience_us, char error[512])
{
    struct zv_admin_cfg cfg = {.loop = &bench.loop,
                               .path = bench.path,
                               .group = group,
                               .patience_us = patience_us,
                               .on_query_fn = on_query,
                               .on_gone_fn = on_gone};
    return zv_admin_new(&bench.admin, &cfg, error, 512);
}

static void start_with(int64_t patience_us)
{
    char error[512] = "";
    bench = (struct bench){.fd = -1};
    snprintf(bench.folder, sizeof(bench.folder), "/tmp/zvonok-admin-XXXXXX");
    assert_non_null(mkdtemp(bench.folder));
    snprintf(bench.path, sizeof(bench.path), "%s/admin.sock", bench.folder);
    assert_int_equal(uv_loop_init(&bench.loop), 0);
    if (open_server("", patience_us, error))
        fail_msg("%s", error);
}

static void start(void)
{
    start_with(ZV_SECONDS(60));
}

static void stop_server(void)
{
    zv_admin_close(bench.admin);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    bench.admin = zv_admin_free(bench.admin);
}

static void stop(void)
{
    stop_server();
    if (bench.fd >= 0)
        close(bench.fd);
    assert_int_equal(uv_loop_close(&bench.loop), 0);
    assert_int_equal(rmdir(bench.folder), 0); /* the socket is gone */
}

/* ---- clients ---- */

static int connect_client(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", bench.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static int ask(const char *text)
{
    int fd = connect_client();
    say(fd, text);
    return fd;
}

/* Until the gateway closes; at most `cap - 1` bytes are kept, all are counted. */
static size_t read_all(int fd, char *dst, size_t cap)
{
    static char part[65536];
    size_t total = 0;
    for (;;) {
        ssize_t count = read(fd, part, sizeof(part));
        if (count < 0 && errno == EAGAIN) {
            uv_run(&bench.loop, UV_RUN_ONCE);
            continue;
        }
        if (count <= 0) /* ECONNRESET: it closed with something of ours unread */
            break;
        for (ssize_t i = 0; i < count; i++, total++) {
            if (total + 1 < cap)
                dst[total] = part[i];
        }
    }
    if (cap)
        dst[ZV_MIN(total, cap - 1)] = 0;
    close(fd);
    return total;
}

static void expect_answer(int fd, const char *expected)
{
    char answer[1024];
    read_all(fd, answer, sizeof(answer));
    assert_string_equal(answer, expected);
}

static void expect_refusal(int fd, const char *word)
{
    char answer[1024], start_of_it[128];
    read_all(fd, answer, sizeof(answer));
    snprintf(start_of_it, sizeof(start_of_it), "{\"ok\":false,\"error\":\"%s\",", word);
    if (strncmp(answer, start_of_it, strlen(start_of_it)) != 0)
        fail_msg("not refused as %s: %s", word, answer);
}

static void turn_until(const unsigned *value, unsigned wanted)
{
    while (*value < wanted)
        uv_run(&bench.loop, UV_RUN_ONCE);
}

static void send_with_fds(int to, const char *text, const int *fds, size_t count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(8 * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    assert_int_equal(sendmsg(to, &message, MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Descriptors of this process: a leak shows. */
static size_t count_fds(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* ---- requests ---- */

static void a_request_is_answered_and_the_connection_closed(void **state)
{
    (void)state;
    start();
    expect_answer(ask("{\"version\":1,\"verb\":\"call\",\"id\":\"c-0.1.2\"}\n"),
                  "{\"ok\":true,\"id\":\"c-0.1.2\"}\n");
    assert_int_equal(bench.queries, 1);
    stop();
}

static void a_request_may_come_in_pieces(void **state)
{
    (void)state;
    start();
    int fd = connect_client();
    for (const char *p = STATUS; *p; p++) {
        char piece[2] = {*p, 0};
        say(fd, piece);
        uv_run(&bench.loop, UV_RUN_NOWAIT);
        uv_run(&bench.loop, UV_RUN_NOWAIT);
    }
    expect_answer(fd, "{\"ok\":true,\"id\":\"\"}\n");
    stop();
}

static void the_second_request_of_a_connection_is_not_looked_at(void **state)
{
    (void)state;
    start();
    expect_answer(ask(STATUS STATUS), "{\"ok\":true,\"id\":\"\"}\n");
    assert_int_equal(bench.queries, 1);
    stop();
}

static void a_client_that_closes_its_writing_side_is_answered(void **state)
{
    (void)state;
    start();
    bench.reply = REPLY_NEVER;
    int fd = ask(STATUS);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    turn_until(&bench.queries, 1);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    assert_int_equal(bench.gone, 0);
    zv_admin_answer(bench.admin, bench.last, write_hello, "late");
    expect_answer(fd, "{\"ok\":true,\"id\":\"late\"}\n");
    stop();
}

static void junk_is_refused(void **state)
{
    (void)state;
    start();
    expect_refusal(ask("\n"), "bad_request");
    expect_refusal(ask("\x01\x02\xff\xfe\n"), "bad_request");
    expect_refusal(ask("GET / HTTP/1.1\r\n"), "bad_request");
    expect_refusal(ask("{\"version\":1,\"verb\":\"reboot\"}\n"), "unsupported");
    assert_int_equal(bench.queries, 0);
    stop();
}

static void a_line_that_does_not_end_is_refused(void **state)
{
    (void)state;
    char text[ZV_ADMIN_MAX_REQUEST_BYTES + 1];
    start();
    memset(text, '[', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    expect_refusal(ask(text), "bad_request");
    stop();
}

static void a_client_that_says_nothing_is_dropped(void **state)
{
    (void)state;
    start_with(ZV_MS(20));
    char nothing[8];
    assert_int_equal(read_all(connect_client(), nothing, sizeof(nothing)), 0);
    assert_int_equal(read_all(ask("{\"version\":"), nothing, sizeof(nothing)), 0);
    assert_int_equal(bench.queries, 0);
    stop();
}

/* ---- answers ---- */

static void an_owner_that_gives_no_answer_is_told_that_nobody_waits(void **state)
{
    (void)state;
    start_with(ZV_MS(20));
    bench.reply = REPLY_NEVER;
    char nothing[8];
    assert_int_equal(read_all(ask(STATUS), nothing, sizeof(nothing)), 0);
    assert_int_equal(bench.gone, 1);
    zv_admin_answer(bench.admin, bench.last, write_hello, "nobody"); /* a stale id: nothing */
    stop();
}

static void a_client_that_leaves_is_noticed(void **state)
{
    (void)state;
    start();
    bench.reply = REPLY_NEVER;
    int fd = ask(STATUS);
    turn_until(&bench.queries, 1);
    close(fd);
    turn_until(&bench.gone, 1);
    stop();
}

static void one_that_listens_only_is_noticed_when_it_leaves(void **state)
{
    (void)state;
    start();
    bench.reply = REPLY_HELD;
    int fd = ask(DOCTOR);
    turn_until(&bench.held, 1);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    uv_run(&bench.loop, UV_RUN_ONCE);
    assert_int_equal(bench.gone, 0);
    close(fd);
    turn_until(&bench.gone, 1);
    stop();
}

static void a_held_request_outlives_the_patience(void **state)
{
    (void)state;
    start_with(ZV_MS(10));
    bench.reply = REPLY_HELD;
    int held = ask(DOCTOR);
    turn_until(&bench.queries, 1);
    bench.reply = REPLY_NEVER;
    char nothing[8]; /* what is not held goes first, though it came last */
    assert_int_equal(read_all(ask(STATUS), nothing, sizeof(nothing)), 0);
    assert_int_equal(bench.gone, 1);
    zv_admin_id id = {bench.last.v - 1};
    zv_admin_answer(bench.admin, id, write_hello, "held");
    expect_answer(held, "{\"ok\":true,\"id\":\"held\"}\n");
    stop();
}

static void only_so_many_are_held(void **state)
{
    (void)state;
    int clients[ZV_ADMIN_MAX_HELD + 1];
    start();
    bench.reply = REPLY_HELD;
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++) {
        clients[i] = ask(DOCTOR);
        turn_until(&bench.queries, i + 1);
    }
    assert_int_equal(bench.held, ZV_ADMIN_MAX_HELD);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        close(clients[i]);
    turn_until(&bench.gone, ZV_ARRAY_LEN(clients));
    int again = ask(DOCTOR); /* their places are free again */
    turn_until(&bench.held, ZV_ADMIN_MAX_HELD + 1);
    close(again);
    stop();
}

static void a_large_answer_arrives_whole(void **state)
{
    (void)state;
    char head[32];
    start();
    bench.reply = REPLY_HUGE;
    size_t len = read_all(ask(STATUS), head, sizeof(head));
    /* {"ok":true,"blocks":[ … ]} with 128 quoted blocks, 127 commas and a line end */
    assert_int_equal(len, strlen("{\"ok\":true,\"blocks\":[]}\n") + 128 * (65536 + 2) + 127);
    stop();
}

static void an_answer_that_is_too_large_is_a_refusal(void **state)
{
    (void)state;
    start();
    bench.reply = REPLY_TOO_HUGE;
    expect_refusal(ask(STATUS), "too_large");
    stop();
}

static void a_client_that_does_not_read_is_dropped(void **state)
{
    (void)state;
    char head[32];
    start_with(ZV_MS(50));
    bench.reply = REPLY_HUGE;
    int slow = ask(STATUS);
    turn_until(&bench.queries, 1);
    bench.reply = REPLY_NEVER;
    for (int i = 0; i < 4; i++) /* each waits for the patience to end, so that time passes */
        read_all(ask(STATUS), head, sizeof(head));
    size_t len = read_all(slow, head, sizeof(head));
    assert_true(len > 0 && len < 128 * 65536);
    stop();
}

/* ---- many ---- */

static void further_clients_wait_until_a_place_is_free(void **state)
{
    (void)state;
    int clients[ZV_ADMIN_MAX_CONNECTIONS];
    start();
    bench.reply = REPLY_NEVER;
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++) {
        clients[i] = ask(STATUS);
        turn_until(&bench.queries, i + 1);
    }
    bench.reply = REPLY_AT_ONCE;
    int further = ask(STATUS);
    for (int i = 0; i < 4; i++)
        uv_run(&bench.loop, UV_RUN_NOWAIT);
    assert_int_equal(bench.queries, ZV_ADMIN_MAX_CONNECTIONS);
    close(clients[0]);
    expect_answer(further, "{\"ok\":true,\"id\":\"\"}\n");
    for (size_t i = 1; i < ZV_ARRAY_LEN(clients); i++)
        close(clients[i]);
    stop();
}

static void closing_drops_who_is_connected_and_tells_nobody(void **state)
{
    (void)state;
    start();
    bench.reply = REPLY_NEVER;
    int asked = ask(STATUS), silent = connect_client();
    turn_until(&bench.queries, 1);
    stop();
    char byte;
    assert_int_equal(bench.gone, 0);
    assert_int_equal(read(asked, &byte, 1), 0);
    assert_int_equal(read(silent, &byte, 1), 0);
    close(asked);
    close(silent);
}

/* ---- file descriptors ---- */

static void a_file_descriptor_comes_along(void **state)
{
    (void)state;
    int ends[2];
    char text[8] = "";
    start();
    assert_int_equal(pipe(ends), 0);
    int fd = connect_client();
    send_with_fds(fd, "{\"version\":1,\"verb\":\"pcap\",\"on\":true}\n", &ends[1], 1);
    close(ends[1]);
    expect_answer(fd, "{\"ok\":true,\"id\":\"\"}\n");
    assert_true(bench.fd >= 0);
    assert_int_equal(write(bench.fd, "hello", 5), 5);
    assert_int_equal(read(ends[0], text, sizeof(text)), 5);
    assert_string_equal(text, "hello");
    close(ends[0]);
    stop();
}

static void more_than_one_is_refused_and_none_is_kept(void **state)
{
    (void)state;
    start();
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    size_t before = count_fds();
    int twice[8] = {0};
    for (size_t count = 2; count <= 8; count += 6) { /* 8: more than the kernel hands over */
        int fd = connect_client();
        send_with_fds(fd, STATUS, twice, count);
        expect_refusal(fd, "bad_request");
    }
    int fd = connect_client(); /* one with each piece */
    send_with_fds(fd, "{\"version\":1,", twice, 1);
    for (int i = 0; i < 4; i++)
        uv_run(&bench.loop, UV_RUN_NOWAIT);
    send_with_fds(fd, "\"verb\":\"status\"}\n", twice, 1);
    expect_refusal(fd, "bad_request");
    while (uv_run(&bench.loop, UV_RUN_NOWAIT) && count_fds() > before)
        ;
    assert_int_equal(count_fds(), before);
    assert_int_equal(bench.queries, 0);
    stop();
}

static void one_with_a_bad_request_is_closed(void **state)
{
    (void)state;
    start();
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    size_t before = count_fds();
    int fd = connect_client();
    send_with_fds(fd, "nonsense\n", (const int[]){0}, 1);
    expect_refusal(fd, "bad_request");
    assert_int_equal(count_fds(), before);
    stop();
}

/* ---- the socket in the file system ---- */

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    return info.st_mode & 0777;
}

static void the_socket_is_the_owner_s_alone(void **state)
{
    (void)state;
    mode_t mask = umask(0);
    start();
    assert_int_equal(mode_of(bench.path), 0600);
    stop();
    umask(mask);
}

static void a_group_may_be_let_in(void **state)
{
    (void)state;
    char error[512];
    struct stat info;
    const struct group *group = getgrgid(getgid());
    if (!group)
        skip();
    start();
    stop_server();
    if (open_server(group->gr_name, 0, error))
        fail_msg("%s", error);
    assert_int_equal(mode_of(bench.path), 0660);
    assert_int_equal(stat(bench.path, &info), 0);
    assert_int_equal(info.st_gid, getgid());
    stop();
}

static void a_group_that_is_not_there_is_named(void **state)
{
    (void)state;
    char error[512];
    start();
    stop_server();
    assert_int_equal(open_server("no-such-group-here", 0, error), ZV_E_INVAL);
    assert_non_null(strstr(error, "admin.group"));
    assert_non_null(strstr(error, "groupadd"));
    bench.admin = NULL;
    stop();
}

/* Nobody gives a file to a group that is not his: daemon is not root's, root is nobody else's. */
static void a_group_that_we_are_not_in_is_refused(void **state)
{
    (void)state;
    char error[512];
    bool is_root = geteuid() == 0;
    start();
    stop_server();
    if (is_root && (chown(bench.folder, NOBODY, NOBODY) || seteuid(NOBODY)))
        fail_msg("%s", strerror(errno));
    int err = open_server(is_root ? "daemon" : "root", 0, error);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(err, ZV_E_INVAL);
    assert_non_null(strstr(error, "must belong to it"));
    assert_int_equal(access(bench.path, F_OK), -1);
    bench.admin = NULL;
    stop();
}

static void a_gateway_that_lives_keeps_its_socket(void **state)
{
    (void)state;
    char error[512];
    struct zv_admin_socket second;
    start();
    assert_int_equal(zv_admin_socket_open(&second, bench.path, "", error, sizeof(error)),
                     ZV_E_INUSE);
    assert_non_null(strstr(error, "answers at"));
    bench.reply = REPLY_AT_ONCE;
    expect_answer(ask(STATUS), "{\"ok\":true,\"id\":\"\"}\n");
    stop();
}

/* A process that died leaves the file; nobody listens behind it. */
static void a_socket_that_was_left_over_is_taken_over(void **state)
{
    (void)state;
    char error[512];
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    start();
    stop_server();
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", bench.path);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&name, sizeof(name)), 0);
    close(dead);
    if (open_server("", 0, error))
        fail_msg("%s", error);
    expect_answer(ask(STATUS), "{\"ok\":true,\"id\":\"\"}\n");
    stop();
}

static void what_is_no_socket_stays(void **state)
{
    (void)state;
    char error[512];
    struct zv_admin_socket made;
    start();
    stop_server();
    int file = open(bench.path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(zv_admin_socket_open(&made, bench.path, "", error, sizeof(error)),
                     ZV_E_EXISTS);
    assert_non_null(strstr(error, "is no socket"));
    assert_int_equal(unlink(bench.path), 0);
    stop();
}

static void a_missing_folder_is_made_but_not_two(void **state)
{
    (void)state;
    char path[128], error[512];
    struct zv_admin_socket made;
    start();
    snprintf(path, sizeof(path), "%s/run/admin.sock", bench.folder);
    assert_int_equal(zv_admin_socket_open(&made, path, "", error, sizeof(error)), 0);
    zv_admin_socket_close(&made);
    snprintf(path, sizeof(path), "%s/run", bench.folder);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof(path), "%s/no/where/admin.sock", bench.folder);
    assert_int_equal(zv_admin_socket_open(&made, path, "", error, sizeof(error)), ZV_E_IO);
    assert_non_null(strstr(error, "cannot be made"));
    stop();
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char path[200], error[512];
    struct zv_admin_socket made;
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = 0;
    assert_int_equal(zv_admin_socket_open(&made, path, "", error, sizeof(error)), ZV_E_INVAL);
    assert_int_equal(zv_admin_socket_open(&made, "admin.sock", "", error, sizeof(error)),
                     ZV_E_INVAL);
    assert_non_null(strstr(error, "107"));
}

static void a_successor_s_socket_is_not_removed(void **state)
{
    (void)state;
    char error[512];
    struct zv_admin_socket first, second;
    start();
    stop_server();
    assert_int_equal(zv_admin_socket_open(&first, bench.path, "", error, sizeof(error)), 0);
    assert_int_equal(unlink(bench.path), 0);
    assert_int_equal(zv_admin_socket_open(&second, bench.path, "", error, sizeof(error)), 0);
    zv_admin_socket_close(&first);
    assert_int_equal(access(bench.path, F_OK), 0);
    zv_admin_socket_close(&second);
    assert_int_not_equal(access(bench.path, F_OK), 0);
    stop();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_request_is_answered_and_the_connection_closed),
    cmocka_unit_test(a_request_may_come_in_pieces),
    cmocka_unit_test(the_second_request_of_a_connection_is_not_looked_at),
    cmocka_unit_test(a_client_that_closes_its_writing_side_is_answered),
    cmocka_unit_test(junk_is_refused),
    cmocka_unit_test(a_line_that_does_not_end_is_refused),
    cmocka_unit_test(a_client_that_says_nothing_is_dropped),
    cmocka_unit_test(an_owner_that_gives_no_answer_is_told_that_nobody_waits),
    cmocka_unit_test(a_client_that_leaves_is_noticed),
    cmocka_unit_test(one_that_listens_only_is_noticed_when_it_leaves),
    cmocka_unit_test(a_held_request_outlives_the_patience),
    cmocka_unit_test(only_so_many_are_held),
    cmocka_unit_test(a_large_answer_arrives_whole),
    cmocka_unit_test(an_answer_that_is_too_large_is_a_refusal),
    cmocka_unit_test(a_client_that_does_not_read_is_dropped),
    cmocka_unit_test(further_clients_wait_until_a_place_is_free),
    cmocka_unit_test(closing_drops_who_is_connected_and_tells_nobody),
    cmocka_unit_test(a_file_descriptor_comes_along),
    cmocka_unit_test(more_than_one_is_refused_and_none_is_kept),
    cmocka_unit_test(one_with_a_bad_request_is_closed),
    cmocka_unit_test(the_socket_is_the_owner_s_alone),
    cmocka_unit_test(a_group_may_be_let_in),
    cmocka_unit_test(a_group_that_is_not_there_is_named),
    cmocka_unit_test(a_group_that_we_are_not_in_is_refused),
    cmocka_unit_test(a_gateway_that_lives_keeps_its_socket),
    cmocka_unit_test(a_socket_that_was_left_over_is_taken_over),
    cmocka_unit_test(what_is_no_socket_stays),
    cmocka_unit_test(a_missing_folder_is_made_but_not_two),
    cmocka_unit_test(a_path_that_is_too_long_is_refused),
    cmocka_unit_test(a_successor_s_socket_is_not_removed),
};

ZV_TEST_MAIN(tests)
