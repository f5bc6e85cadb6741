#include "tools/webclient/orders.h"

#include "tools/webclient/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static void carry_out(char *line, struct zv_wc_client *client, int64_t now_us)
{
    char *rest = strchr(line, ' ');
    if (rest)
        *rest++ = '\0';
    if (*line)
        zv_wc_client_order(client, line, rest ? json_loads(rest, 0, NULL) : NULL, now_us);
}

static void take_lines(struct zv_wc_orders *orders, struct zv_wc_client *client, int64_t now_us)
{
    char *end;
    while ((end = memchr(orders->line, '\n', orders->len))) {
        size_t used = (size_t)(end - orders->line) + 1;
        *end = '\0';
        carry_out(orders->line, client, now_us);
        orders->len -= used;
        memmove(orders->line, orders->line + used, orders->len);
    }
}

void zv_wc_orders_read(struct zv_wc_orders *orders, struct zv_wc_client *client, int64_t now_us)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!orders->is_over && poll(&input, 1, 0) > 0) {
        ssize_t count =
            read(STDIN_FILENO, orders->line + orders->len, sizeof(orders->line) - orders->len);
        if (count < 0 && errno == EINTR)
            continue;
        orders->is_over = count <= 0; /* with a full line, none was asked for */
        if (count > 0)
            orders->len += (size_t)count;
        take_lines(orders, client, now_us);
    }
}
