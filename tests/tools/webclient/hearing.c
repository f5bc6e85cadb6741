/*
 * A client that was ordered to listen tells each half second that it hears, with the number of the
 * latest order: so a test knows which of it was heard after something happened.
 */
#include "tools/webclient/client_int.h"

void zv_wc_client_listen(struct zv_wc_client *client, double hz)
{
    client->listens++;
    client->told_windows = 0;
    client->cfg.hear_hz = hz;
    if (client->media)
        zv_wc_media_listen(client->media, hz);
}

void zv_wc_client_tell_heard(struct zv_wc_client *client, int64_t now_us)
{
    const struct zv_wc_ear *ear;
    if (!client->listens || !client->media)
        return;
    ear = zv_wc_media_ear(client->media);
    if (ear->windows == client->told_windows)
        return;
    client->told_windows = ear->windows;
    zv_wc_report(client, "window",
                 json_pack("{s:i, s:f, s:f, s:f}", "listen", (int)client->listens, "hz",
                           ear->latest.hz, "purity", ear->latest.purity, "power",
                           ear->latest_power),
                 now_us);
}
