#include "tui/command/log.h"

#include <string.h>

#include "storage/base/line.h"
#include "storage/base/mem.h"

void command_log_release(struct command_log *log)
{
    for (size_t i = 0; i < log->n; i++)
        free(log->line[i]);
    free(log->line);
    *log = (struct command_log){0};
}

/* A quarter goes at once, so that a full log does not move its lines every time. */
static void drop_oldest(struct command_log *log)
{
    size_t gone = LOG_KEPT / 4;
    for (size_t i = 0; i < gone; i++)
        free(log->line[i]);
    memmove(log->line, log->line + gone, (log->n - gone) * sizeof *log->line);
    log->n -= gone;
    log->dropped += (int64_t)gone;
}

void command_log_add(struct command_log *log, const char *line)
{
    if (log->n == LOG_KEPT)
        drop_oldest(log);
    MEM_GROW(log->line, log->n + 1, log->cap);
    log->line[log->n++] = mem_strdup(line);
}

void command_log_replace(struct command_log *log, const char *line)
{
    free(log->line[log->n - 1]);
    log->line[log->n - 1] = mem_strdup(line);
}

static bool fits_a_line(const char *line)
{
    for (; *line; line++)
        if (((unsigned char)*line < 32 && *line != '\t') || *line == 127)
            return false;
    return true;
}

void command_log_write(const struct command_log *log, struct buf *out)
{
    buf_adds(out, "# What was done in the screens of rote, a command a line.\n"
                  "# rote -w WORKSPACE --batch -s THIS_FILE does it again.\n");
    if (log->dropped > 0)
        buf_addf(out, "# The first %lld commands were not kept.\n", (long long)log->dropped);
    for (size_t i = 0; i < log->n; i++) {
        if (fits_a_line(log->line[i])) {
            buf_adds(out, log->line[i]);
        } else {
            buf_adds(out, "# not a line: ");
            line_escape(log->line[i], out);
        }
        buf_addc(out, '\n');
    }
}
