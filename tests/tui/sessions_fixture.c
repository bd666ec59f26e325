#include "tests/tui/sessions_fixture.h"

enum { MOVE_BYTES = 200, LOOKS = 5000 };

const char *rote;

bool sessions_begin(int argc, char **argv, const char *usage)
{
    int words = 1;
    for (const char *p = usage; *p; p++)
        words += p == usage || p[-1] == ' ';
    if (argc < words) {
        fprintf(stderr, "usage: %s %s\n", argv[0], usage);
        return false;
    }
    rote = argv[1];
    return true;
}

int sessions_after(void **state)
{
    (void)state;
    sample_workspace_remove();
    return 0;
}

struct terminal *rote_open(struct rote_options options)
{
    const char *argv[4 + ARRAY_LEN(options.more)] = {rote, "-w", options.dir};
    for (size_t i = 0; i < ARRAY_LEN(options.more) && options.more[i]; i++)
        argv[3 + i] = options.more[i];
    const char *variables[] = {options.variable, NULL};
    return terminal_start(&(struct terminal_options){.rows = options.rows,
                                                     .cols = options.cols,
                                                     .argv = argv,
                                                     .environ = variables,
                                                     .stderr_to_tty = options.stderr_to_tty,
                                                     .ends = options.ends});
}

void rote_leave(struct terminal *t)
{
    terminal_send(t, "Q");
    assert_int_equal(terminal_exit(t), 0);
    assert_true(terminal_modes_restored(t));
    terminal_free(t);
}

void expect_row_begins(struct terminal *t, int y, const char *text)
{
    if (strncmp(terminal_row(t, y), text, strlen(text)) != 0)
        expect_row(t, y, text); /* shows the screen */
}

void expect_no_text(struct terminal *t, const char *text)
{
    if (terminal_find_row(t, text) >= 0)
        fail_msg("\"%s\" is on the screen", text);
}

void expect_ascii(struct terminal *t)
{
    for (int y = 0; y < terminal_rows(t); y++)
        for (const char *p = terminal_row(t, y); *p; p++)
            assert_in_range((unsigned char)*p, 0x20, 0x7e);
}

void expect_cursor_row(struct terminal *t, int wanted)
{
    int y, x;
    terminal_cursor(t, &y, &x);
    if (y != wanted)
        fail_msg("the cursor is in row %d, not %d: %s", y, wanted, terminal_row(t, y));
}

char *cursor_row(struct terminal *t, int *y)
{
    int x;
    terminal_cursor(t, y, &x);
    return mem_strdup(terminal_row(t, *y));
}

void look_until(struct terminal *t, const char *text)
{
    for (int looks = 0; terminal_find_row(t, text) < 0; looks++) {
        if (looks == LOOKS)
            expect_text(t, text);
        terminal_press(t, "R");
    }
}

int expect_whole_frames(struct terminal *t, const char *keys)
{
    int frames, writes, more_frames, more_writes;
    terminal_frames(t, &frames, &writes);
    terminal_press(t, keys);
    terminal_frames(t, &more_frames, &more_writes);
    if (more_writes - writes != more_frames - frames)
        fail_msg("%s: %d frames in %d writes", keys, more_frames - frames, more_writes - writes);
    return more_frames - frames;
}

void expect_cheap(struct terminal *t, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        terminal_bytes(t);
        assert_true(expect_whole_frames(t, keys[i]) > 0);
        size_t bytes = terminal_bytes(t);
        if (bytes < 1 || bytes >= MOVE_BYTES)
            fail_msg("key %zu, %s, wrote %zu bytes", i, keys[i], bytes);
    }
}
