/* Case studies as a person meets them: findings pinned on a pty, undone, and there after a restart;
 * the text written in an editor, whatever the editor does. */
#include <sys/stat.h>

#include "tests/tui/sessions_fixture.h"

static const char *sample;

/* Three findings in six keystrokes, one taken back, a restart, and forward again. */
static void findings_survive_a_restart(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>:user u1854<Enter>");
    terminal_press(t, "p");
    expect_row(t, 23, "pin: Findings");
    terminal_press(t, "<Enter>");
    expect_text(t, "pinned to Findings: markov 1 for u1854: Sepia Letter Seal");
    terminal_press(t, "jp");
    expect_row(t, 23, "pin: Findings"); /* the last used one */
    terminal_press(t, "<Enter>jp<Enter>u");
    expect_text(t, "undone: pin in Findings: markov 3 for u1854");
    rote_leave(t);
    t = ROTE(.dir = sample);
    terminal_press(t, "5");
    expect_row_begins(t, 2, "▸ Findings                                     2");
    terminal_press(t, "<C-r>");
    expect_text(t, "redone: pin in Findings: markov 3 for u1854");
    expect_row_begins(t, 2, "▸ Findings                                     3");
    terminal_press(t, "<Enter>");
    expect_text(t, "─ Pins 3 ─");
    terminal_press(t, "uuu"); /* over the restart */
    expect_text(t, "─ Pins 0 ─");
    terminal_press(t, "<C-r><C-r><C-r>");
    expect_text(t, "─ Pins 3 ─");
    terminal_press(t, "jK"); /* markov 2 goes up, and back */
    expect_row_begins(t, 4, "▸ markov 2 for u1854");
    terminal_press(t, "J");
    expect_row_begins(t, 5, "▸ markov 2 for u1854");
    terminal_press(t, "Ewhy this one?<Enter>");
    expect_text(t, "note stored; u takes it back");
    expect_text(t, "  why this one?");
    terminal_press(t, "<Enter>");
    expect_text(t, "▸ Cases ▸ Findings ▸ u1854");
    expect_text(t, "├ markov 2 · ");
    terminal_press(t, "q");
    expect_row_begins(t, 5, "▸ markov 2 for u1854");
    terminal_press(t, "D");
    expect_text(t, "deleted the pin; u brings it back");
    terminal_press(t, "u");
    terminal_send(t, "C");
    terminal_until(t, "3 of 3 still so");
    terminal_press(t, "TThe clearest<BS><BS>");
    expect_row(t, 23, "title: FindingsThe cleare"); /* what is there can be changed */
    terminal_press(t, "<C-u>The clearest<Enter>trote seals<Enter>");
    expect_text(t, "Cases ▸ The clearest");
    expect_row(t, 2, " rote seals");
    terminal_press(t, "qsseal rot<Enter>");
    expect_text(t, "▸ The clearest");
    expect_text(t, "1 of 1 · with the words seal rot");
    terminal_press(t, "s");
    terminal_press(t, "aAnother<Enter>");
    expect_text(t, "Cases ▸ Another");
    expect_text(t, "Nothing is pinned yet");
    terminal_press(t, "1p");
    expect_row(t, 23, "pin: Another");
    terminal_press(t, "<C-u>The<Tab>"); /* titles complete */
    expect_row(t, 23, "pin: The clearest");
    terminal_press(t, "<Esc>");
    terminal_free(t);
}

/* A script as the editor; the caller frees what comes back: "EDITOR=path". */
static char *editor(const char *name, const char *script)
{
    char *path = sample_path(name), *all = mem_printf("#!/bin/sh\n%s\n", script);
    struct error err = {0};
    assert_true(file_write(path, all, strlen(all), &err) && chmod(path, 0755) == 0);
    char *env = mem_printf("EDITOR=%s", path);
    free(path);
    free(all);
    return env;
}

static bool recovery_file_is_there(void)
{
    char *path = path_join(sample, "case-1.edit.md");
    bool there = file_exists(path);
    free(path);
    return there;
}

static void text_is_written_in_an_editor(void **state)
{
    (void)state;
    char *append = editor("append", "printf 'One.\\033[31m\\n\\nTwo.\\n' >> \"$1\"; echo said");
    struct terminal *t = ROTE(.dir = sample, .variable = append);
    terminal_press(t, ":case-study 1<Enter>");
    terminal_press(t, "e");
    terminal_until(t, "text stored; u takes it back");
    assert_true(terminal_alternate(t));
    expect_row_begins(t, 3, "  One.[31m"); /* the control character is gone */
    expect_row_begins(t, 5, "  Two.");
    assert_false(recovery_file_is_there());
    terminal_press(t, "<Tab>jj"); /* the text has the keys */
    terminal_press(t, "u");
    expect_text(t, "undone: text of ");
    terminal_press(t, "<C-r>");
    expect_row_begins(t, 5, "  Two.");
    terminal_free(t);
    free(append);
}

static void an_editor_that_fails_loses_nothing(void **state)
{
    (void)state;
    char *nothing = editor("nothing", "exit 0"), *away = editor("away", "kill -9 $$");
    char *fails = editor("fails", "printf 'half\\n' >> \"$1\"; exit 3");
    struct terminal *t = ROTE(.dir = sample, .variable = nothing);
    terminal_press(t, ":case-study 1<Enter>e");
    expect_text(t, "the text is as it was");
    assert_false(recovery_file_is_there());
    terminal_free(t);
    t = ROTE(.dir = sample, .variable = away);
    terminal_press(t, ":case-study 1<Enter>e");
    expect_text(t, "nothing was stored: the editor ended with status 137");
    assert_false(recovery_file_is_there());
    terminal_free(t);
    t = ROTE(.dir = sample, .variable = "EDITOR=/nowhere/at/all");
    terminal_press(t, ":case-study 1<Enter>e");
    expect_text(t, "there is no editor \"/nowhere/at/all\"");
    terminal_free(t);
    t = ROTE(.dir = sample, .variable = fails);
    terminal_press(t, ":case-study 1<Enter>e");
    expect_text(t, "nothing was stored: the editor ended with status 3; its text is");
    assert_true(recovery_file_is_there());
    terminal_free(t);
    t = ROTE(.dir = sample, .variable = nothing); /* goes on with what is in the file */
    terminal_press(t, ":case-study 1<Enter>e");
    terminal_until(t, "text stored");
    expect_row_begins(t, 6, "  half");
    assert_false(recovery_file_is_there());
    terminal_free(t);
    free(nothing);
    free(away);
    free(fails);
}

/* Meanwhile somebody else stored another text: theirs stays, ours is in the file. */
static void two_editors_do_not_overwrite_each_other(void **state)
{
    (void)state;
    char *script =
        mem_printf("printf 'ours\\n' >> \"$1\"\n%s -w %s case edit 1 --text theirs", rote, sample);
    char *both = editor("both", script);
    struct terminal *t = ROTE(.dir = sample, .variable = both);
    terminal_press(t, ":case-study 1<Enter>e");
    terminal_until(t, "the text was changed by somebody else meanwhile; your text is in");
    expect_row(t, 3, "  theirs");
    assert_true(recovery_file_is_there());
    terminal_free(t);
    free(both);
    free(script);
}

static void an_editor_is_interrupted_alone(void **state)
{
    (void)state;
    char *self = editor("self", "trap 'echo caught >> \"$1\"' INT; kill -INT 0; exit 0");
    char *path = path_join(sample, "case-1.edit.md");
    remove(path);
    struct terminal *t = ROTE(.dir = sample, .variable = self);
    terminal_press(t, ":case-study 1<Enter>e"); /* ^C reaches the whole group; rote goes on */
    terminal_until(t, "text stored");
    expect_text(t, "  caught");
    rote_leave(t);
    free(self);
    free(path);
}

static void nothing_is_pinned_read_only(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .more = {"--readonly"});
    terminal_press(t, "2");
    terminal_press(t, "p");
    terminal_press(t, "x<Esc>");
    terminal_press(t, ":pin Findings<Enter>");
    expect_text(t, "pin: the workspace is read-only (--readonly, or its folder");
    terminal_press(t, "u");
    expect_text(t, "undo: the workspace is read-only");
    terminal_press(t, "5<Enter>e");
    expect_text(t, "edit: the workspace is read-only");
    terminal_free(t);
}

/* Keys that come faster than the disk are done in their order. */
static void quick_keys_keep_their_order(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>:user u0671<Enter>");
    terminal_send(t, "p<C-u>Quick<Enter>jp<Enter>ujp<Enter>uu<C-r><C-r>Q");
    assert_int_equal(terminal_exit(t), 0);
    terminal_free(t);
    t = ROTE(.dir = sample); /* one pin, one taken back, another one: both are there, the middle one
                                is not */
    terminal_press(t, ":case-study Quick<Enter>");
    expect_text(t, "─ Pins 2 ─");
    expect_row_begins(t, 4, "▸ markov 1 for u0671");
    expect_row_begins(t, 5, "  markov 3 for u0671");
    terminal_free(t);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_survive_a_restart),
        cmocka_unit_test(text_is_written_in_an_editor),
        cmocka_unit_test(an_editor_that_fails_loses_nothing),
        cmocka_unit_test(two_editors_do_not_overwrite_each_other),
        cmocka_unit_test(an_editor_is_interrupted_alone),
        cmocka_unit_test(nothing_is_pinned_read_only),
        cmocka_unit_test(quick_keys_keep_their_order),
    };
    return SESSIONS_RUN(tests);
}
