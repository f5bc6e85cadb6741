/* What a reload changed, in sentences. */
#include "ctl/screen.h"
#include "ctl/verbs.h"

#include "base/alloc.h"

static void print_names(FILE *out, const char *sentence, const json_t *names)
{
    const json_t *name;
    size_t i;
    if (!json_array_size(names))
        return;
    fputs(sentence, out);
    json_array_foreach(names, i, name)
    {
        char *clean =
            zv_ctl_clean(zv_str(json_string_value(name) ? json_string_value(name) : ""), SIZE_MAX);
        fprintf(out, "%s%s", i ? ", " : " ", clean ? clean : "");
        zv_free(clean);
    }
    fputs(".\n", out);
}

void zv_ctl_show_reload(const json_t *answer, FILE *out)
{
    const json_t *changed = json_object_get(answer, "changed");
    fputs("The configuration and its certificates were read anew.\n", out);
    if (!json_array_size(changed))
        fputs("Nothing else changed.\n", out);
    print_names(out, "Changed:", changed);
    print_names(
        out, "Changed in the file, and needs a restart:", json_object_get(answer, "needsRestart"));
}
