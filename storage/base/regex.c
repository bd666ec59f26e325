#include "storage/base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <string.h>

#include "storage/base/mem.h"

/* Enough for any sane pattern on a line of text; a runaway one stops within about a millisecond. */
enum { MATCH_LIMIT = 100000, JIT_STACK_START = 32 * 1024, JIT_STACK_MAX = 1024 * 1024 };

struct regex {
    pcre2_code *code;
};

struct regex_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static pcre2_code *compile(const char *pattern, uint32_t options, int *code, size_t *offset)
{
    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                         options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, code, offset, NULL);
}

/* A capital letter that is not part of an escape such as \S. */
static bool has_capital(const char *pattern)
{
    int code;
    size_t offset;
    pcre2_code *capital = compile("(?<!\\\\)(?:\\\\\\\\)*\\p{Lu}", 0, &code, &offset);
    if (!capital)
        return false;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    bool found =
        data && pcre2_match(capital, (PCRE2_SPTR)pattern, strlen(pattern), 0, 0, data, NULL) >= 0;
    pcre2_match_data_free(data);
    pcre2_code_free(capital);
    return found;
}

struct regex *regex_new(const char *pattern, struct error *err)
{
    int code;
    size_t offset;
    uint32_t options = has_capital(pattern) ? 0 : PCRE2_CASELESS;
    pcre2_code *compiled = compile(pattern, options, &code, &offset);
    if (!compiled) {
        char reason[256] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        error_set(err, ERROR_INPUT, "pattern \"%s\": %s (at character %zu)", pattern, reason,
                  offset + 1);
        return NULL;
    }
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* without it: slower, the same answers */
    struct regex *re = mem_alloc(sizeof *re);
    *re = (struct regex){.code = compiled};
    return re;
}

void regex_free(struct regex *re)
{
    if (!re)
        return;
    pcre2_code_free(re->code);
    free(re);
}

struct regex_scratch *regex_scratch_new(const struct regex *re)
{
    struct regex_scratch *s = mem_zalloc(1, sizeof *s);
    s->data = pcre2_match_data_create_from_pattern(re->code, NULL);
    s->context = pcre2_match_context_create(NULL);
    s->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (s->context) {
        pcre2_set_match_limit(s->context, MATCH_LIMIT);
        if (s->stack)
            pcre2_jit_stack_assign(s->context, NULL, s->stack);
    }
    return s;
}

void regex_scratch_free(struct regex_scratch *s)
{
    if (!s)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->stack);
    free(s);
}

enum regex_result regex_find(const struct regex *re, struct regex_scratch *s, const char *bytes,
                             size_t n, size_t from, size_t *start, size_t *end)
{
    if (!s->data || from > n)
        return s->data ? REGEX_NO : REGEX_LIMIT;
    int found = pcre2_match(re->code, (PCRE2_SPTR)bytes, n, from, 0, s->data, s->context);
    if (found == PCRE2_ERROR_NOMATCH)
        return REGEX_NO;
    if (found < 0)
        return REGEX_LIMIT;
    const size_t *where = pcre2_get_ovector_pointer(s->data);
    if (start)
        *start = where[0];
    if (end)
        *end = where[1];
    return REGEX_YES;
}
