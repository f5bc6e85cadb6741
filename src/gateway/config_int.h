/*
 * What the files of the configuration share: the table's rows set from text, errors that say what
 * is allowed.
 */
#ifndef ZV_GATEWAY_CONFIG_INT_H
#define ZV_GATEWAY_CONFIG_INT_H

#include "base/buf.h"
#include "base/str.h"
#include "gateway/config.h"

enum {
#define X(section, name, type, min, max, form, dflt, reload, help) ZV_CONFIG_ROW_##section##_##name,
#include "gateway/config_keys.h"
#undef X
    ZV_CONFIG_KEY_COUNT,
};

/* A certificate and its key, which go together: of http, and of sip.tls_listen. */
static inline bool zv_config_is_http_pair(size_t row)
{
    return row == ZV_CONFIG_ROW_http_certificate || row == ZV_CONFIG_ROW_http_private_key;
}

static inline bool zv_config_is_sip_pair(size_t row)
{
    return row == ZV_CONFIG_ROW_sip_tls_certificate || row == ZV_CONFIG_ROW_sip_tls_private_key;
}

const struct zv_config_key *zv_config_find(struct zv_str section, struct zv_str name);
bool zv_config_has_section(struct zv_str section);
/* `owner`: the struct that the key's field is in. ZV_E_PARSE: not a value of the key's type and
 * range. ZV_E_NOMEM. */
int zv_config_set_scalar(void *owner, const struct zv_config_key *key,
                         struct zv_str value) ZV_MUST_CHECK;
/* Room for a sentence of an error, behind its place. */
#define ZV_CONFIG_SENTENCE_CAP 400
/* config_expand.c: `value` with what its ${NAME} stand for. ZV_E_PARSE, with a sentence that holds
 * no value. */
int zv_config_expand(const struct zv_config *config, bool is_secret, struct zv_str value,
                     struct zv_buf *out, char ret_sentence[ZV_CONFIG_SENTENCE_CAP]) ZV_MUST_CHECK;
/* Whether a ${NAME} stands in it. */
bool zv_config_has_name(struct zv_str value);
struct zv_config_list *zv_config_list_of(struct zv_config *config, const struct zv_config_key *key);
void zv_config_list_clear(struct zv_config_list *list);
/* ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_config_list_append(struct zv_config_list *list, struct zv_str item) ZV_MUST_CHECK;
/* As zv_config_parse; *ret_has_end: there was a line "..." at the end. */
int zv_config_parse_whole(struct zv_config *config, const char *file_name, struct zv_str text,
                          bool *ret_has_end, char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/* The file has no line "..." at its end although something stands in it: what a reload finds of it
 * may be a part that is right by itself. */
bool zv_config_lacks_end(const struct zv_config *config);
/* config_hint.c: of all keys the one most like "section.name", or NULL. */
const struct zv_config_key *zv_config_nearest(const char *path);
/* "[a, b]" as YAML. */
int zv_config_parse_list(struct zv_config_list *list, const struct zv_config_key *key,
                         const char *text, char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/* config_adopt.c */
bool zv_config_is_same(const struct zv_config *a, const struct zv_config *b,
                       const struct zv_config_key *key);
bool zv_config_has_same_trunks(const struct zv_config *a, const struct zv_config *b);
/* The rows `is_taken` and the trunks of `fresh`, which gets the old ones for them. */
void zv_config_adopt(struct zv_config *config, struct zv_config *fresh, const bool *is_taken);

/* A file that a key names; both are borrowed. */
struct zv_config_file {
    const char *key;
    const char *path;
};
/* config_pem.c: of the files of certificates the next one from *number on, which begins with 0,
 * that ends in the middle of a line, as one does that is being written. False: there is none. */
bool zv_config_next_cut_file(const struct zv_config *config, size_t *number,
                             struct zv_config_file *ret_file);

/* turn.c: what turn.secret may be. */
bool zv_turn_is_secret(struct zv_str text);
/* "a whole number from 1 to 5". */
void zv_config_describe(const struct zv_config_key *key, struct zv_buf *out);
void zv_config_write_duration(struct zv_buf *out, int64_t us);

extern const struct zv_config_key zv_config_trunk_keys[ZV_CONFIG_TRUNK_KEY_COUNT];
const struct zv_config_key *zv_config_find_trunk_key(struct zv_str name);
/* The entry of this name, which is made if there is none. ZV_E_PARSE: neither a domain nor an
 * account; ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_config_open_trunk(struct zv_config_trunks *trunks, struct zv_str name,
                         size_t *ret_index) ZV_MUST_CHECK;
void zv_config_trunks_clear(struct zv_config_trunks *trunks);

#endif
