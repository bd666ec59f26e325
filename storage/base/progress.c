#include "storage/base/progress.h"

bool progress_ok(struct progress *progress, struct error *err)
{
    if (progress && atomic_load_explicit(&progress->cancel, memory_order_relaxed))
        return error_set(err, ERROR_CANCELLED, "cancelled; nothing was changed");
    return true;
}

bool progress_at(struct progress *progress, const char *what, double done, double total,
                 const char *unit, struct error *err)
{
    if (progress && progress->report)
        progress->report(progress->context, what, done, total, unit);
    return progress_ok(progress, err);
}
