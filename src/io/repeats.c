#include "io/repeats.h"

#include "base/buf.h"

static bool is_limited(const struct zv_log_line *line)
{
    return line->level <= ZV_LOG_WARN || line->may_repeat;
}

/* The line's place, or a free one for it; NULL: there is no room. */
static struct zv_repeats_place *find(struct zv_repeats *repeats, const struct zv_log_line *line)
{
    struct zv_repeats_place *vacant = NULL;
    for (size_t i = 0; i < ZV_REPEATS_PLACES; i++) {
        struct zv_repeats_place *place = &repeats->places[i];
        if (place->place == line->place && place->module == line->module &&
            place->level == line->level)
            return place;
        if (!place->place && !vacant)
            vacant = place;
    }
    return vacant;
}

static void keep_example(struct zv_repeats_place *place, const char *text)
{
    struct zv_buf out = zv_buf(place->example, sizeof(place->example) - 1);
    zv_buf_put_str(&out, zv_str_head(zv_str(text), out.cap));
    place->example[out.len] = 0;
}

bool zv_repeats_admit(struct zv_repeats *repeats, const struct zv_log_line *line, int64_t now_us)
{
    if (!repeats->allowed || !is_limited(line))
        return true;
    struct zv_repeats_place *place = find(repeats, line);
    if (!place)
        return true;
    if (!place->place)
        *place = (struct zv_repeats_place){.place = line->place,
                                           .module = line->module,
                                           .level = line->level,
                                           .until_us = now_us + ZV_REPEATS_WINDOW_US};
    if (place->count++ == repeats->allowed)
        keep_example(place, line->text);
    return place->count <= repeats->allowed;
}

bool zv_repeats_report(struct zv_repeats *repeats, int64_t now_us,
                       struct zv_repeats_report *ret_report)
{
    for (size_t i = 0; i < ZV_REPEATS_PLACES; i++) {
        struct zv_repeats_place *place = &repeats->places[i];
        if (!place->place || place->until_us > now_us)
            continue;
        place->place = NULL;
        if (place->count <= repeats->allowed)
            continue;
        *ret_report = (struct zv_repeats_report){.module = place->module,
                                                 .level = place->level,
                                                 .held = place->count - repeats->allowed,
                                                 .example = place->example};
        return true;
    }
    return false;
}
