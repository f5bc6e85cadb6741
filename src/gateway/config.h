/*
 * The configuration: one table (config_keys.h) of key, type, range, form, default, reload class and
 * help, from which come the parser's checks, the defaults, the sample file deploy/zvonok.yaml (of
 * zvonokd --print-config) and the manual page. A second one (trunk_keys.h) has the keys below each
 * entry of the section `trunks`.
 *
 * Read into plain fields, at start and again with each reload; errors carry file, line and column
 * of the offending text.
 */
#ifndef ZV_GATEWAY_CONFIG_H
#define ZV_GATEWAY_CONFIG_H

#include "base/addr.h"
#include "base/attr.h"
#include "call/trunk.h"
#include "sdp/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is, and so how it is written and stored. */
enum zv_config_type {
    ZV_CONFIG_BOOL,     /* true, false                            -> bool */
    ZV_CONFIG_INT,      /* decimal within the range               -> int64_t */
    ZV_CONFIG_DURATION, /* "1500ms", "32s", "4h"; range in µs     -> int64_t, microseconds */
    ZV_CONFIG_TEXT,   /* one line                               -> char * (owned; "" when unset) */
    ZV_CONFIG_SECRET, /* the same, never shown, wiped when freed */
    ZV_CONFIG_SRTP,   /* off, optional, required -> enum zv_srtp_policy */
    ZV_CONFIG_TRANSPORT, /* any, udp, tcp, tls -> enum zv_trunk_transport */
    ZV_CONFIG_LIST,      /* [a, b] or a block sequence of lines    -> struct zv_config_list */
};

/* When a changed value takes effect. */
enum zv_config_reload {
    ZV_CONFIG_RESTART, /* at the next start */
    ZV_CONFIG_RELOAD,  /* with a reload (gateway/reload.h) */
};

#define ZV_CONFIG_MAX_LIST   64
#define ZV_CONFIG_MAX_TEXT   1024
#define ZV_CONFIG_MAX_TRUNKS 1024

struct zv_secrets;
struct zv_config_key;

struct zv_config_list {
    char **items; /* owned */
    size_t count;
};

/* What trunk_keys.h sets for one SIP domain or account. */
struct zv_config_trunk {
    char *name;      /* owned: "domain" or "user@domain" */
    uint32_t is_set; /* bit per row of trunk_keys.h; what is not set holds from elsewhere */
#define ZV_CONFIG_TRUNK_BOOL               bool
#define ZV_CONFIG_TRUNK_SRTP               enum zv_srtp_policy
#define ZV_CONFIG_TRUNK_TEXT               char * /* owned; NULL: not set */
#define ZV_CONFIG_TRUNK_TRANSPORT          enum zv_trunk_transport
#define X(name, type, form, general, help) ZV_CONFIG_TRUNK_##type name;
#include "gateway/trunk_keys.h"
#undef X
};

enum {
#define X(name, type, form, general, help) ZV_CONFIG_TRUNK_ROW_##name,
#include "gateway/trunk_keys.h"
#undef X
    ZV_CONFIG_TRUNK_KEY_COUNT,
};

struct zv_config_trunks {
    struct zv_config_trunk *items; /* owned; as they stand in the file */
    size_t count;
};

/* Who wants to know all that is wrong, not only the first. `text`: "file:line:column: sentence", or
 * a key and a sentence. */
struct zv_config_faults {
    void (*fault_fn)(void *arg, const char *text);
    void *arg;
    size_t count;    /* told so far */
    bool is_partial; /* the text was not read to its end: what is missing may stand there */
};

struct zv_config {
#define ZV_CONFIG_FIELD_BOOL      bool
#define ZV_CONFIG_FIELD_INT       int64_t
#define ZV_CONFIG_FIELD_DURATION  int64_t
#define ZV_CONFIG_FIELD_TEXT      char *
#define ZV_CONFIG_FIELD_SECRET    char *
#define ZV_CONFIG_FIELD_LIST      struct zv_config_list
#define ZV_CONFIG_FIELD_SRTP      enum zv_srtp_policy
#define ZV_CONFIG_FIELD_TRANSPORT enum zv_trunk_transport
#define X(section, name, type, min, max, form, dflt, reload, help)                                 \
    ZV_CONFIG_FIELD_##type section##_##name;
#include "gateway/config_keys.h"
#undef X
    struct zv_config_trunks trunks;
    size_t end_line, end_column;              /* where the file ended, from 1 */
    bool is_cut;                              /* it ended in the middle of a line */
    bool has_end;                             /* it ended with a line "..." */
    const struct zv_config_key *plain_secret; /* whose value the file has written out, without
                                                 ${NAME}; NULL: there is none */
    struct zv_config_faults *faults;  /* borrowed while values are set, which goes on behind what
                                         is wrong with a key; NULL: the first fault ends it */
    const struct zv_secrets *secrets; /* borrowed while values are set: what ${NAME} stands for
                                         before the environment; NULL: none */
};

/* One row of a table: of config_keys.h, or of trunk_keys.h (section "trunks"). */
struct zv_config_key {
    const char *section; /* "sip" */
    const char *name;    /* "allow": the key is sip.allow */
    enum zv_config_type type;
    int64_t min;      /* INT and DURATION: least value allowed */
    int64_t max;      /* greatest */
    const char *form; /* INT: the unit, where there is one; TEXT and LIST: an example, where the
                         default shows none */
    const char *dflt; /* as written in the file; "" = empty text or list; trunks: the key that
                         holds where this one is not set */
    enum zv_config_reload reload;
    const char *help; /* sentences for people; "\n" starts a new line */
    size_t offset;    /* of the field in struct zv_config or zv_config_trunk */
};

extern const struct zv_config_key zv_config_keys[];
extern const size_t zv_config_key_count;

/* Room for "file:line:column: sentence". */
#define ZV_CONFIG_ERROR_CAP 512

/* Fills every field with its default. Call zv_config_fini afterwards in any case. ZV_E_NOMEM. */
int zv_config_init(struct zv_config *config) ZV_MUST_CHECK;
void zv_config_fini(struct zv_config *config);

/*
 * Parses `text` over the defaults. On failure ret_error holds "file:line:column: sentence", naming
 * the key and what is allowed, and `config` is partly set: throw it away. ZV_E_PARSE, ZV_E_NOMEM.
 */
int zv_config_parse(struct zv_config *config, const char *file_name, const char *text, size_t len,
                    char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/* Reads the file (at most 1 MiB) and parses it. ZV_E_IO besides. */
int zv_config_load(struct zv_config *config, const char *file_name,
                   char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/*
 * What single values cannot show: sip.allow given, ports that do not overlap, certificate beside
 * its key, entries of lists that parse. ret_error as above, without line. ZV_E_INVAL.
 */
int zv_config_check(const struct zv_config *config,
                    char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/* The same, and tells all that is wrong. */
void zv_config_check_all(const struct zv_config *config, struct zv_config_faults *faults);

/* media.public_address: an address, or one of each family with a comma between; what is not named
 * has family NONE. ZV_E_PARSE. */
int zv_config_read_public(const struct zv_config *config,
                          struct zv_addr ret_addrs[ZV_MAX_PUBLIC_ADDRESSES]) ZV_MUST_CHECK;

/* Sets one key from text, as the file or `--set key=value` would; of a trunk by trunks.NAME.KEY.
 * ZV_E_NOTFOUND, ZV_E_PARSE, ZV_E_NOMEM. */
int zv_config_set(struct zv_config *config, const char *key, const char *value,
                  char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;

/* What call control gets of `trunks`. *ret_entries is the caller's (zv_free; NULL: there is none)
 * and borrows its texts from `config`; *ret_trunks borrows it. ZV_E_NOMEM. */
int zv_config_list_trunks(const struct zv_config *config, struct zv_trunk **ret_entries,
                          struct zv_trunks *ret_trunks) ZV_MUST_CHECK;

/* The sample file, every key with help and default, to a callback. */
typedef void zv_config_write_fn(void *arg, const char *text);
void zv_config_write_sample(zv_config_write_fn *write, void *arg);
/* zvonok.yaml(5): `frame` as it is, but for its lines @KEYS@ and @TRUNK_KEYS@. */
void zv_config_write_man(const char *frame, zv_config_write_fn *write, void *arg);

#endif
