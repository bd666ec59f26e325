#include "tests/tui/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "storage/base/mem.h"
#include "tui/command/key.h"
#include "tui/widgets/text.h"

enum { PATIENCE_MS = 60000 };

/* Written to the terminal by the leader behind all that a program wrote before it stopped or ended.
 * The kernel may hand that on later than the report: whoever has the mark has it all. */
static const char mark = '\006';

struct terminal {
    int rows, cols;
    int master, reports; /* -1: closed */
    pid_t leader, program;
    VTerm *vt;
    VTermScreen *screen;
    bool alternate;
    size_t bytes, signal_bytes;
    int n_idle, n_busy, n_stopped, n_continued, n_marks;
    int n_pings, n_answered; /* sent after keys; of those, read when the program was idle last */
    int timeout_ms, n_frames, n_writes; /* as it said when it was idle last */
    bool ended;
    int status;
    struct termios before;
    struct buf clipboard, row, raw, commands;
};

/* ---- the program's side ---- */

static void report(int fd, char kind, int value)
{
    unsigned char message[2] = {(unsigned char)kind, (unsigned char)value};
    if (write(fd, message, 2) != 2)
        _exit(125);
}

static void run_program(const struct terminal_options *options, int real_stderr)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpid());
    /* What ran the tests may ignore or block signals (nohup, a shell's background): a program that
     * is started by hand has none of that. */
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (!options->stderr_to_tty)
        dup2(real_stderr, STDERR_FILENO);
    execv(options->argv[0], (char *const *)(uintptr_t)options->argv);
    _exit(127);
}

/* That the program stopped ('S') or ended ('X'). */
static void report_with_mark(int fd, char kind, int value)
{
    ssize_t done = write(STDOUT_FILENO, &mark, 1); /* fails when the terminal has gone away */
    (void)done;
    report(fd, kind, value);
}

/* What a shell is to the program: starts it as a job of its own, so that ^Z can stop it, and
 * reports what becomes of it. Stays until the test closes the other end. */
static void lead(const struct terminal_options *options, int reports, int real_stderr)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that failed leaves nothing behind */
    signal(SIGHUP, SIG_IGN);
    pid_t program = fork();
    if (program == 0) {
        signal(SIGHUP, SIG_DFL);
        run_program(options, real_stderr);
    }
    close(real_stderr);
    if (write(reports, &program, sizeof program) != sizeof program)
        _exit(125);
    for (int status; waitpid(program, &status, WUNTRACED | WCONTINUED) == program;) {
        if (WIFSTOPPED(status))
            report_with_mark(reports, 'S', WSTOPSIG(status));
        else if (WIFCONTINUED(status))
            report(reports, 'C', 0);
        else {
            report_with_mark(reports, 'X',
                             WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
            break;
        }
    }
    pause(); /* the terminal goes away with its session leader, and the test may still look */
    _exit(0);
}

static void set_environment(const struct terminal_options *options)
{
    static const char *const gone[] = {"LINES",          "COLUMNS",         "TMUX",
                                       "NO_COLOR",       "ROTE_TEST_SYNC",  "HOME",
                                       "XDG_STATE_HOME", "XDG_CONFIG_HOME", "ROTE_CONFIG"};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        unsetenv(gone[i]);
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("ROTE_TEST_SYNC", "1", 1);
    for (const char *const *e = options->environ; e && *e; e++)
        putenv((char *)(uintptr_t)*e);
}

/* ---- the emulator ---- */

static void take_command(struct terminal *t, const char *command)
{
    if (strncmp(command, "777;idle;", 9) == 0) {
        t->n_idle++;
        if (sscanf(command + 9, "%d;%d;%d;%d", &t->n_answered, &t->timeout_ms, &t->n_frames,
                   &t->n_writes) != 4)
            fail_msg("an idle signal of another kind: %s", command);
    } else if (strncmp(command, "777;busy;", 9) == 0) {
        t->n_busy++;
    } else if (strncmp(command, "52;c;", 5) == 0) {
        buf_clear(&t->clipboard);
        buf_adds(&t->clipboard, command + 5);
    }
}

/* Operating system commands, ESC ] … BEL, taken out of what came, whole where a read ends inside of
 * one: libvterm 0.1.4 gives such a string in pieces. */
static void take_commands(struct terminal *t, const char *bytes, size_t n)
{
    buf_add(&t->commands, bytes, n);
    const char *rest = t->commands.data, *at, *end;
    while ((at = strstr(rest, "\033]")) && (end = strchr(at, '\a'))) {
        char *command = mem_strndup(at + 2, (size_t)(end - at - 2));
        if (strncmp(command, "777;", 4) == 0)
            t->signal_bytes += (size_t)(end + 1 - at);
        take_command(t, command);
        free(command);
        rest = end + 1;
    }
    size_t left = strlen(rest), begun = left > 0 && rest[left - 1] == '\033';
    char *tail = mem_strdup(at ? at : rest + left - begun);
    buf_clear(&t->commands);
    buf_adds(&t->commands, tail);
    free(tail);
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct terminal *t = user;
    if (property == VTERM_PROP_ALTSCREEN)
        t->alternate = value->boolean;
    return 1;
}

static void on_answer(const char *bytes, size_t n, void *user)
{
    struct terminal *t = user;
    terminal_send_bytes(t, bytes, n);
}

static void start_emulator(struct terminal *t)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    t->vt = vterm_new(t->rows, t->cols);
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, on_answer, t);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_set_callbacks(t->screen, &callbacks, t);
    vterm_screen_reset(t->screen, 1);
}

/* ---- reading ---- */

static void dump(struct terminal *t)
{
    for (int y = 0; y < t->rows; y++)
        fprintf(stderr, "%3d |%s\n", y, terminal_row(t, y));
}

/* Without the marks, which it counts: how many bytes are left. */
static size_t take_marks(struct terminal *t, char *bytes, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == mark)
            t->n_marks++;
        else
            bytes[left++] = bytes[i];
    return left;
}

static void read_output(struct terminal *t)
{
    char bytes[16384];
    ssize_t came = read(t->master, bytes, sizeof bytes);
    if (came <= 0) { /* EIO: nobody holds the other side */
        close(t->master);
        t->master = -1;
        return;
    }
    size_t n = take_marks(t, bytes, (size_t)came);
    t->bytes += n;
    buf_add(&t->raw, bytes, n);
    take_commands(t, bytes, n);
    vterm_input_write(t->vt, bytes, n);
}

static void read_report(struct terminal *t)
{
    unsigned char message[2];
    if (read(t->reports, message, 2) != 2) {
        close(t->reports);
        t->reports = -1;
        return;
    }
    t->n_stopped += message[0] == 'S';
    t->n_continued += message[0] == 'C';
    if (message[0] == 'X') {
        t->ended = true;
        t->status = message[1];
    }
}

/* Takes in what comes next; false: nothing came in time. */
static bool take(struct terminal *t, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = t->master, .events = POLLIN},
                            {.fd = t->reports, .events = POLLIN}};
    int ready;
    do
        ready = poll(fds, 2, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return false;
    if (fds[0].revents)
        read_output(t);
    else if (fds[1].revents)
        read_report(t);
    return true;
}

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Until *counter is above `before`. */
static void wait_for(struct terminal *t, const int *counter, int before, const char *what)
{
    double deadline = now() + PATIENCE_MS / 1000.0;
    while (*counter <= before) {
        bool came = take(t, PATIENCE_MS);
        if (came && now() < deadline && (!t->ended || counter == &t->n_stopped))
            continue;
        if (*counter > before)
            return;
        dump(t);
        fail_msg("the program %s instead of becoming %s",
                 t->ended ? "ended" : "did nothing for 60 s", what);
    }
}

/* ---- life ---- */

struct terminal *terminal_start(const struct terminal_options *options)
{
    struct terminal *t = mem_zalloc(1, sizeof *t);
    t->rows = options->rows > 0 ? options->rows : 24;
    t->cols = options->cols > 0 ? options->cols : 80;
    buf_init(&t->clipboard);
    buf_init(&t->row);
    buf_init(&t->raw);
    buf_init(&t->commands);
    start_emulator(t);
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    int real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    struct winsize size = {.ws_row = (unsigned short)t->rows, .ws_col = (unsigned short)t->cols};
    t->leader = forkpty(&t->master, NULL, NULL, &size);
    if (t->leader == 0) {
        set_environment(options);
        lead(options, pipes[1], real_stderr);
    }
    assert_true(t->leader > 0);
    fcntl(t->master, F_SETFD, FD_CLOEXEC);
    tcgetattr(t->master, &t->before);
    close(pipes[1]);
    close(real_stderr);
    t->reports = pipes[0];
    assert_int_equal(read(t->reports, &t->program, sizeof t->program), sizeof t->program);
    if (!options->ends)
        terminal_idle(t);
    return t;
}

void terminal_free(struct terminal *t)
{
    if (!t)
        return;
    if (!t->ended)
        kill(t->program, SIGKILL);
    kill(t->leader, SIGKILL);
    waitpid(t->leader, NULL, 0);
    if (t->master >= 0)
        close(t->master);
    if (t->reports >= 0)
        close(t->reports);
    vterm_free(t->vt);
    buf_release(&t->clipboard);
    buf_release(&t->row);
    buf_release(&t->raw);
    buf_release(&t->commands);
    free(t);
}

/* ---- input ---- */

void terminal_send_bytes(struct terminal *t, const char *bytes, size_t n)
{
    while (n > 0 && t->master >= 0) {
        ssize_t done = write(t->master, bytes, n);
        if (done <= 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

/* What an xterm in application mode sends. */
static void add_key_bytes(uint32_t key, struct buf *out)
{
    static const struct {
        uint32_t key;
        const char *bytes;
    } special[] = {
        {K_UP, "\033OA"},       {K_DOWN, "\033OB"},       {K_RIGHT, "\033OC"},
        {K_LEFT, "\033OD"},     {K_HOME, "\033OH"},       {K_END, "\033OF"},
        {K_PAGE_UP, "\033[5~"}, {K_PAGE_DOWN, "\033[6~"}, {K_DELETE, "\033[3~"},
        {K_INSERT, "\033[2~"},  {K_SHIFT_TAB, "\033[Z"},  {K_F1, "\033OP"},
        {K_F1 + 1, "\033OQ"},   {K_F1 + 4, "\033[15~"},
    };
    for (size_t i = 0; i < ARRAY_LEN(special); i++)
        if (special[i].key == key) {
            buf_adds(out, special[i].bytes);
            return;
        }
    char bytes[4];
    assert_true(key < K_FIRST);
    buf_add(out, bytes, text_encode(key, bytes));
}

void terminal_send(struct terminal *t, const char *keys)
{
    struct buf bytes;
    buf_init(&bytes);
    while (*keys) {
        size_t n = *keys == '<' && strchr(keys, '>') ? strcspn(keys, ">") + 1
                   : (*keys & 0xe0) == 0xc0          ? 2
                   : (*keys & 0xf0) == 0xe0          ? 3
                                                     : 1;
        char *name = mem_strndup(keys, n);
        struct key_sequence one;
        struct error err = {0};
        if (!key_sequence_parse(strcmp(name, " ") == 0 ? "<Space>" : name, &one, &err))
            fail_msg("%s", err.text);
        add_key_bytes(one.key[0], &bytes);
        free(name);
        keys += n;
    }
    terminal_send_bytes(t, bytes.data, bytes.len);
    buf_release(&bytes);
}

void terminal_press(struct terminal *t, const char *keys)
{
    terminal_send(t, keys);
    terminal_send_bytes(t, "\x1f", 1);
    wait_for(t, &t->n_answered, t->n_pings++, "idle");
}

void terminal_resize(struct terminal *t, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    t->rows = rows;
    t->cols = cols;
    vterm_set_size(t->vt, rows, cols);
    ioctl(t->master, TIOCSWINSZ, &size);
}

void terminal_signal(struct terminal *t, int signal)
{
    kill(t->program, signal);
}

void terminal_kill(struct terminal *t)
{
    while (take(t, 0)) {
    }
    if (t->ended)
        fail_msg("it ended by itself, with status %d, before it was killed", t->status);
    kill(t->program, SIGKILL);
    int status = terminal_exit(t);
    if (status != 128 + SIGKILL)
        fail_msg("it ended by itself, with status %d, before it was killed", status);
}

void terminal_hang_up(struct terminal *t)
{
    close(t->master);
    t->master = -1;
}

/* ---- waiting ---- */

void terminal_idle(struct terminal *t)
{
    wait_for(t, &t->n_idle, t->n_idle, "idle");
}

void terminal_busy(struct terminal *t)
{
    wait_for(t, &t->n_busy, t->n_busy, "busy");
}

/* All that the program wrote before the last report. */
static void wait_for_marks(struct terminal *t)
{
    while (t->master >= 0 && t->n_marks < t->n_stopped + t->ended)
        if (!take(t, PATIENCE_MS))
            fail_msg("what the program wrote before it stopped did not come");
}

void terminal_stopped(struct terminal *t)
{
    wait_for(t, &t->n_stopped, t->n_stopped, "stopped");
    wait_for_marks(t);
}

void terminal_continue(struct terminal *t)
{
    int before = t->n_idle;
    kill(-t->program, SIGCONT);
    wait_for(t, &t->n_idle, before, "idle");
}

int terminal_exit(struct terminal *t)
{
    while (!t->ended)
        if (!take(t, PATIENCE_MS)) {
            dump(t);
            fail_msg("the program did not end");
        }
    wait_for_marks(t);
    return t->status;
}

bool terminal_quiet(struct terminal *t, int ms)
{
    return !take(t, ms);
}

/* The switches of one thread; *asleep becomes false when it is not waiting. */
static long task_switches(const char *folder, const char *task, bool *asleep)
{
    char *path = mem_printf("%s/%s/status", folder, task);
    FILE *f = fopen(path, "r");
    char line[256], state = 'S';
    long n = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "State: %c", &state) == 1 && state != 'S')
            *asleep = false;
        if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
            break;
    }
    if (f)
        fclose(f);
    free(path);
    return n;
}

static long all_switches(const struct terminal *t, bool *asleep)
{
    long sum = 0;
    char *folder = mem_printf("/proc/%d/task", (int)t->program);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            sum += task_switches(folder, entry->d_name, asleep);
    if (dir)
        closedir(dir);
    free(folder);
    return sum;
}

long terminal_wakeups(struct terminal *t)
{
    for (int tries = 0; tries < 2000; tries++) {
        bool asleep = true;
        long sum = all_switches(t, &asleep);
        if (asleep)
            return sum;
        terminal_quiet(t, 10);
    }
    fail_msg("the program never sleeps");
    return -1;
}

/* ---- the screen ---- */

static VTermScreenCell cell_at(struct terminal *t, int y, int x)
{
    VTermScreenCell cell;
    memset(&cell, 0, sizeof cell);
    vterm_screen_get_cell(t->screen, (VTermPos){.row = y, .col = x}, &cell);
    return cell;
}

/* One row's cells behind what `row` holds; where the last that is not blank ends. */
static size_t add_row(struct terminal *t, int y)
{
    size_t end = t->row.len;
    for (int x = 0; x < t->cols;) {
        VTermScreenCell cell = cell_at(t, y, x);
        char bytes[4];
        if (cell.chars[0] == 0)
            buf_addc(&t->row, ' ');
        for (int k = 0; k < VTERM_MAX_CHARS_PER_CELL && cell.chars[k]; k++)
            buf_add(&t->row, bytes, text_encode(cell.chars[k], bytes));
        if (cell.chars[0] != 0 && cell.chars[0] != ' ')
            end = t->row.len;
        x += cell.width > 0 ? cell.width : 1;
    }
    return end;
}

const char *terminal_row(struct terminal *t, int y)
{
    buf_clear(&t->row);
    buf_truncate(&t->row, add_row(t, y));
    return t->row.data;
}

const char *terminal_flow(struct terminal *t)
{
    buf_clear(&t->row);
    for (int y = 0; y < t->rows; y++)
        add_row(t, y);
    return t->row.data;
}

static int palette(VTermColor c, bool own)
{
    return own || !VTERM_COLOR_IS_INDEXED(&c) ? -1 : c.indexed.idx;
}

struct terminal_cell terminal_cell(struct terminal *t, int y, int x)
{
    VTermScreenCell cell = cell_at(t, y, x);
    struct terminal_cell out = {
        .width = cell.width,
        .bold = cell.attrs.bold,
        .underline = cell.attrs.underline != 0,
        .reverse = cell.attrs.reverse,
        .fg = palette(cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg)),
        .bg = palette(cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg)),
    };
    size_t n = 0;
    for (int k = 0; k < VTERM_MAX_CHARS_PER_CELL && cell.chars[k] && n + 5 < sizeof out.text; k++)
        n += text_encode(cell.chars[k], out.text + n);
    return out;
}

void terminal_cursor(struct terminal *t, int *y, int *x)
{
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(t->vt), &at);
    *y = at.row;
    *x = at.col;
}

int terminal_rows(const struct terminal *t)
{
    return t->rows;
}

int terminal_cols(const struct terminal *t)
{
    return t->cols;
}

int terminal_find_row(struct terminal *t, const char *text)
{
    for (int y = 0; y < t->rows; y++)
        if (strstr(terminal_row(t, y), text))
            return y;
    return -1;
}

bool terminal_alternate(const struct terminal *t)
{
    return t->alternate;
}

const char *terminal_clipboard(const struct terminal *t)
{
    return t->clipboard.data;
}

size_t terminal_bytes(struct terminal *t)
{
    size_t n = t->bytes - t->signal_bytes;
    t->bytes = t->signal_bytes = 0;
    buf_clear(&t->raw);
    return n;
}

const char *terminal_raw(const struct terminal *t)
{
    return t->raw.data;
}

/* The last `ESC [ ? … NUMBER … h` or l that names it. */
bool terminal_mode(const struct terminal *t, int number)
{
    bool on = false;
    for (const char *at = t->raw.data; (at = strstr(at, "\033[?"));) {
        bool named = false;
        at += strlen("\033[?");
        for (size_t n; (n = strspn(at, "0123456789")) > 0; at += n + (at[n] == ';'))
            named |= atoi(at) == number;
        if (named && (*at == 'h' || *at == 'l'))
            on = *at == 'h';
    }
    return on;
}

int terminal_timeout(const struct terminal *t)
{
    return t->timeout_ms;
}

void terminal_frames(const struct terminal *t, int *frames, int *writes)
{
    *frames = t->n_frames;
    *writes = t->n_writes;
}

bool terminal_modes_restored(const struct terminal *t)
{
    struct termios after;
    return tcgetattr(t->master, &after) == 0 && after.c_iflag == t->before.c_iflag &&
           after.c_oflag == t->before.c_oflag && after.c_cflag == t->before.c_cflag &&
           after.c_lflag == t->before.c_lflag &&
           memcmp(after.c_cc, t->before.c_cc, sizeof after.c_cc) == 0;
}

/* ---- checks ---- */

void terminal_expect_row(struct terminal *t, int y, const char *text, const char *file, int line)
{
    if (strcmp(terminal_row(t, y), text) == 0)
        return;
    dump(t);
    fprintf(stderr, "row %d should be |%s\n", y, text);
    _fail(file, line);
}

void terminal_until_row(struct terminal *t, int y, const char *text)
{
    double deadline = now() + PATIENCE_MS / 1000.0;
    while (strcmp(terminal_row(t, y), text) != 0)
        if (!take(t, PATIENCE_MS) || t->ended || now() > deadline) {
            dump(t);
            fail_msg("row %d never became |%s", y, text);
        }
}

void terminal_until(struct terminal *t, const char *text)
{
    double deadline = now() + PATIENCE_MS / 1000.0;
    while (terminal_find_row(t, text) < 0)
        if (!take(t, PATIENCE_MS) || t->ended || now() > deadline) {
            dump(t);
            fail_msg("never came: %s", text);
        }
}

void terminal_expect(struct terminal *t, const char *text, const char *file, int line)
{
    if (terminal_find_row(t, text) >= 0)
        return;
    dump(t);
    fprintf(stderr, "nowhere: %s\n", text);
    _fail(file, line);
}

void terminal_expect_flow(struct terminal *t, const char *text, const char *file, int line)
{
    if (strstr(terminal_flow(t), text))
        return;
    dump(t);
    fprintf(stderr, "nowhere, wrapped or not: %s\n", text);
    _fail(file, line);
}
