/* Are the users of the file numbered otherwise than the data's? */
#include <inttypes.h>

#include "analysis/run/import_recs_parts.h"
#include "storage/base/mem.h"
#include "storage/import/match.h"

/* Targets of the file that are the data's speak for the users as they were read. */
static bool targets_agree(const struct importing *m)
{
    int64_t same = m->part[0].targets_same + m->part[1].targets_same;
    int64_t other = m->part[0].targets_other + m->part[1].targets_other;
    return same > other;
}

static void shift(struct user_numbers *out, int64_t offset)
{
    out->are = IMPORT_RECS_USERS_SEEN;
    out->offset = offset;
    out->note =
        mem_printf("assumed: the file numbers the users from %d, the data from %d, so %+" PRId64
                   " is added; --users id, order or FILE, and --user-offset overrule",
                   offset<0, offset> 0, offset);
}

static void by_place(struct user_numbers *out, int64_t first)
{
    out->are = IMPORT_RECS_USERS_ORDER;
    out->offset = -first;
    out->note =
        mem_printf("assumed: the file's users are no ids of the data but their places, from "
                   "%" PRId64 "; --users id or FILE, --map and --user-offset overrule",
                   first);
}

bool import_other_users(const struct importing *m, struct user_numbers *out)
{
    const struct import_recs *r = m->request;
    struct id_range ours = id_range_of(&m->dataset->user_id);
    int64_t low = m->user_low, high = m->user_high, last = m->dataset->n_users - 1;
    if (r->users_are == IMPORT_RECS_USERS_ID || r->users || r->has_user_offset ||
        ids_count(&m->alias[1]) > 0 || m->named == 0 || m->not_numbers > 0 || targets_agree(m))
        return false;
    if (r->users_are == IMPORT_RECS_USERS_ORDER) {
        if (low != 1 || high != last + 1)
            return false;
        by_place(out, 1);
        return true;
    }
    bool lower = ours.dense ? high < ours.high : high == ours.high - 1;
    bool fits = low == 0 ? high <= last : high == last + 1 || (low == 1 && high <= last);
    if (ours.integers && ours.low == 1 && low == 0 && lower)
        shift(out, 1);
    else if (ours.dense && ours.low == 0 && low == 1 && high == ours.high + 1)
        shift(out, -1);
    else if (!ours.integers && m->part[0].listed + m->part[1].listed == 0 && fits)
        by_place(out, low > 0);
    else
        return false;
    return true;
}
