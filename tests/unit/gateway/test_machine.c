/* What is read below /proc, from a folder that looks like it. */
#define _GNU_SOURCE
#include "support/test.h"

#include "gateway/machine.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static struct zv_machine machine;

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s%s", root, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int open_root(void **state)
{
    static const char *const folders[] = {
        "/proc",     "/proc/net",     "/proc/self",         "/proc/self/fd",
        "/proc/sys", "/proc/sys/net", "/proc/sys/net/ipv4", "/proc/sys/net/core",
    };
    (void)state;
    strcpy(root, "/tmp/zv-test-machine-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        assert_int_equal(mkdir(path_of(folders[i]), 0700), 0);
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int close_root(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void numbers_are_read(void **state)
{
    (void)state;
    put("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
    put("/proc/sys/net/core/rmem_max", "212992\n");
    put("/proc/sys/net/core/wmem_max", "4194304\n");
    put("/proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max processes             63704                63704                processes \n"
        "Max open files            1024                 unlimited            files     \n");
    zv_machine_read(&machine, root);
    assert_int_equal(machine.local_port_first, 32768);
    assert_int_equal(machine.local_port_last, 60999);
    assert_int_equal(machine.rmem_max, 212992);
    assert_int_equal(machine.wmem_max, 4194304);
    assert_int_equal(machine.open_files_soft, 1024);
    assert_true(machine.open_files_hard == INT64_MAX);
}

static void what_is_hidden_or_nonsense_is_unknown(void **state)
{
    (void)state;
    put("/proc/sys/net/core/wmem_max", "plenty\n");
    zv_machine_read(&machine, root);
    assert_int_equal(machine.local_port_first, ZV_MACHINE_UNKNOWN);
    assert_int_equal(machine.rmem_max, ZV_MACHINE_UNKNOWN);
    assert_int_equal(machine.wmem_max, ZV_MACHINE_UNKNOWN);
    assert_int_equal(machine.open_files_soft, ZV_MACHINE_UNKNOWN);
    assert_false(machine.has_sip_alg);
}

static void reserved_ports_are_single_ones_and_ranges(void **state)
{
    (void)state;
    put("/proc/sys/net/ipv4/ip_local_reserved_ports", "8080,10000-10002,70000,x-y\n");
    zv_machine_read(&machine, root);
    assert_true(zv_port_set_has(&machine.reserved_ports, 8080));
    assert_true(zv_port_set_has(&machine.reserved_ports, 10000));
    assert_true(zv_port_set_has(&machine.reserved_ports, 10002));
    assert_false(zv_port_set_has(&machine.reserved_ports, 10003));
    assert_false(zv_port_set_has(&machine.reserved_ports, 70000 & 0xffff));
}

static void an_empty_list_of_reserved_ports_reserves_none(void **state)
{
    (void)state;
    put("/proc/sys/net/ipv4/ip_local_reserved_ports", "\n");
    zv_machine_read(&machine, root);
    for (uint32_t port = 0; port < 65536; port++)
        assert_false(zv_port_set_has(&machine.reserved_ports, port));
}

#define UDP_TITLE                                                                                  \
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout " \
    "inode ref pointer drops\n"
#define UDP_LINE(local, inode)                                                                     \
    "  100: " local                                                                                \
    " 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 " inode               \
    " 2 0000000000000000 0\n"

static void sockets_of_others_are_told_from_ours(void **state)
{
    (void)state;
    put("/proc/net/udp",
        UDP_TITLE UDP_LINE("0100007F:2710", "501") UDP_LINE("00000000:2712", "502"));
    put("/proc/net/udp6",
        UDP_TITLE UDP_LINE("00000000000000000000000000000000:2714", "503") "  nonsense\n");
    assert_int_equal(symlink("socket:[502]", path_of("/proc/self/fd/7")), 0);
    assert_int_equal(symlink("/dev/null", path_of("/proc/self/fd/0")), 0);
    assert_int_equal(symlink("socket:[", path_of("/proc/self/fd/9")), 0);
    zv_machine_read(&machine, root);
    assert_true(zv_port_set_has(&machine.foreign_udp, 0x2710));
    assert_false(zv_port_set_has(&machine.foreign_udp, 0x2712));
    assert_true(zv_port_set_has(&machine.foreign_udp, 0x2714));
}

static void many_sockets_of_ours_are_all_known(void **state)
{
    char name[64], target[64];
    (void)state;
    for (int i = 0; i < 700; i++) {
        snprintf(name, sizeof(name), "/proc/self/fd/%d", i);
        snprintf(target, sizeof(target), "socket:[%d]", 9000 - i);
        assert_int_equal(symlink(target, path_of(name)), 0);
    }
    put("/proc/net/udp", UDP_TITLE UDP_LINE("0100007F:2710", "9000")
                             UDP_LINE("0100007F:2711", "8301") UDP_LINE("0100007F:2712", "8300"));
    zv_machine_read(&machine, root);
    assert_false(zv_port_set_has(&machine.foreign_udp, 0x2710));
    assert_false(zv_port_set_has(&machine.foreign_udp, 0x2711));
    assert_true(zv_port_set_has(&machine.foreign_udp, 0x2712));
}

static void the_sip_module_is_found_by_its_whole_name(void **state)
{
    (void)state;
    put("/proc/modules", "nf_nat_sip 20480 0 - Live 0x0\nnf_conntrack_sip_x 1 0 - Live 0x0\n");
    zv_machine_read(&machine, root);
    assert_false(machine.has_sip_alg);
    put("/proc/modules", "nf_nat_sip 20480 0 - Live 0x0\n"
                         "nf_conntrack_sip 45056 1 nf_nat_sip, Live 0x0\n");
    zv_machine_read(&machine, root);
    assert_true(machine.has_sip_alg);
}

static void the_machine_itself_can_be_read(void **state)
{
    (void)state;
    zv_machine_read(&machine, "");
    assert_true(machine.open_files_soft > 0);
    assert_true(machine.addr_count > 0); /* loopback at least */
    assert_true(machine.wall_s > 0);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, open_root, close_root)
static const struct CMUnitTest tests[] = {
    WITH_ROOT(numbers_are_read),
    WITH_ROOT(what_is_hidden_or_nonsense_is_unknown),
    WITH_ROOT(reserved_ports_are_single_ones_and_ranges),
    WITH_ROOT(an_empty_list_of_reserved_ports_reserves_none),
    WITH_ROOT(sockets_of_others_are_told_from_ours),
    WITH_ROOT(many_sockets_of_ours_are_all_known),
    WITH_ROOT(the_sip_module_is_found_by_its_whole_name),
    cmocka_unit_test(the_machine_itself_can_be_read),
};
ZV_TEST_MAIN(tests)
