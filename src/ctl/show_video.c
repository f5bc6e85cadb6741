/* The rows of a call that are about its video. */
#include "ctl/show_video.h"

#include "ctl/verbs.h"

#include <string.h>

static unsigned long long count(const json_t *object, const char *key)
{
    return (unsigned long long)zv_ctl_count(object, key);
}

/* ---- of the call ---- */

static void write_pt(const json_t *video, const char *key, struct zv_buf *out)
{
    if (zv_ctl_has(video, key))
        zv_buf_printf(out, "%llu", count(video, key));
    else
        zv_buf_put_text(out, "none");
}

static const char *way_text(const char *direction)
{
    if (!strcmp(direction, "sendonly"))
        return "from the client alone";
    if (!strcmp(direction, "recvonly"))
        return "from the SIP side alone";
    return strcmp(direction, "sendrecv") != 0 ? "held" : "both ways";
}

void zv_ctl_write_video(const json_t *video, struct zv_buf *out)
{
    if (!video)
        return;
    if (!zv_ctl_is(video, "agreed")) {
        zv_buf_printf(out, "none: %s", zv_ctl_text(video, "reason"));
        return;
    }
    zv_buf_put_text(out, zv_ctl_text(video, "codec"));
    if (zv_ctl_has(video, "profile"))
        zv_buf_printf(out, " profile %s, packetization mode %llu", zv_ctl_text(video, "profile"),
                      count(video, "packetizationMode"));
    zv_buf_put_text(out, ", payload types: client ");
    write_pt(video, "clientPt", out);
    zv_buf_put_text(out, ", to SIP ");
    write_pt(video, "sipTxPt", out);
    zv_buf_put_text(out, ", from SIP ");
    write_pt(video, "sipRxPt", out);
    zv_buf_printf(out, "; %s", way_text(zv_ctl_text(video, "direction")));
}

/* ---- of a leg ---- */

static const json_t *video_of(const json_t *leg)
{
    return json_object_get(leg, "video");
}

void zv_ctl_write_picture(const json_t *leg, struct zv_buf *out)
{
    const json_t *video = video_of(leg);
    if (!video)
        return;
    if (!count(video, "rxPackets")) {
        zv_buf_put_text(out, "nothing came");
        return;
    }
    zv_buf_printf(out, "%s ", zv_ctl_text(video, "codec"));
    if (zv_ctl_has(video, "width"))
        zv_buf_printf(out, "%llux%llu, ", count(video, "width"), count(video, "height"));
    zv_buf_printf(out, "%.1f fps, %llu kbit/s", zv_ctl_number(video, "fps"), count(video, "kbps"));
}

void zv_ctl_write_frames(const json_t *leg, struct zv_buf *out)
{
    const json_t *video = video_of(leg);
    if (video)
        zv_buf_printf(out, "%llu, key frames %llu, freezes %llu", count(video, "frames"),
                      count(video, "keyFrames"), count(video, "freezes"));
}

void zv_ctl_write_video_packets(const json_t *leg, struct zv_buf *out)
{
    const json_t *video = video_of(leg);
    if (video)
        zv_buf_printf(out, "%llu in, %llu lost, %llu out", count(video, "rxPackets"),
                      count(video, "rxLost"), count(video, "txPackets"));
}

void zv_ctl_write_repairs(const json_t *leg, struct zv_buf *out)
{
    const json_t *video = video_of(leg);
    if (video)
        zv_buf_printf(out, "NACKs %llu in, %llu out; %llu sent again", count(video, "nacksIn"),
                      count(video, "nacksOut"), count(video, "retransmitted"));
}

void zv_ctl_write_requests(const json_t *leg, struct zv_buf *out)
{
    const json_t *video = video_of(leg);
    if (video)
        zv_buf_printf(out, "%llu by that end, %llu of it", count(video, "keyFrameRequestsIn"),
                      count(video, "keyFrameRequestsOut"));
}
