#include "tui/command/session.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/hash.h"
#include "storage/base/line.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

static const char heading[] = "# rote session 1";
static const char *const kinds[] = {
    [SESSION_DO] = "do", [SESSION_VIEW] = "view", [SESSION_STATE] = "state"};

void session_release(struct session *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->line[i].text);
    free(s->line);
    *s = (struct session){0};
}

void session_add(struct session *s, enum session_kind kind, const char *text, size_t n)
{
    MEM_GROW(s->line, s->n + 1, s->cap);
    s->line[s->n++] = (struct session_line){.kind = kind, .text = mem_strndup(text, n)};
}

void session_write(const struct session *s, bool with_time, struct buf *out)
{
    buf_addf(out, "%s\n", heading);
    if (with_time)
        buf_addf(out, "time %lld\n", (long long)s->time);
    buf_addf(out, "data %016llx\n", (unsigned long long)s->data);
    for (size_t i = 0; i < s->n; i++) {
        buf_addf(out, "%s ", kinds[s->line[i].kind]);
        line_escape(s->line[i].text, out);
        buf_addc(out, '\n');
    }
}

static void take_line(struct session *s, const char *line)
{
    size_t n = strcspn(line, " ");
    const char *rest = line + n + (line[n] == ' ');
    if (n == 4 && memcmp(line, "time", 4) == 0)
        num_int64(rest, strlen(rest), &s->time);
    if (n == 4 && memcmp(line, "data", 4) == 0)
        s->data = strtoull(rest, NULL, 16);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strlen(kinds[i]) == n && memcmp(kinds[i], line, n) == 0) {
            struct buf text;
            buf_init(&text);
            line_unescape(rest, &text);
            session_add(s, (enum session_kind)i, text.data, text.len);
            buf_release(&text);
        }
}

bool session_parse(const char *text, size_t n, struct session *out, struct error *err)
{
    *out = (struct session){0};
    size_t head = sizeof heading - 1;
    if (n <= head || memcmp(text, heading, head) != 0 || text[head] != '\n')
        return error_set(err, ERROR_INPUT, "this is no session of this version of rote");
    if (memchr(text, '\0', n))
        return error_set(err, ERROR_INPUT, "this session is damaged: it holds a NUL byte");
    for (size_t at = head + 1; at < n;) {
        const char *newline = memchr(text + at, '\n', n - at);
        if (!newline)
            break; /* a line without its end is not whole */
        char *line = mem_strndup(text + at, (size_t)(newline - text) - at);
        take_line(out, line);
        free(line);
        at = (size_t)(newline - text) + 1;
    }
    return true;
}

char *session_file_name(const char *workspace)
{
    char *real = realpath(workspace, NULL);
    const char *path = real ? real : workspace, *slash = strrchr(path, '/');
    char name[41];
    size_t n = 0;
    for (const char *c = slash ? slash + 1 : path; *c && n + 1 < sizeof name; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '-';
        name[n++] = plain ? *c : '_';
    }
    name[n] = '\0';
    char *file =
        mem_printf("sessions/%s-%016llx", name, (unsigned long long)hash_bytes(path, strlen(path)));
    free(real);
    return file;
}
