#include "tui/widgets/theme.h"

/*
 * Roles by scheme. SCHEME_16 uses the terminal's own sixteen colours on its own background, so it
 * follows whatever palette the user has, light or dark; black and white are never used there.
 * SCHEME_256 has colours between the two: each at least 3.5 : 1 on white and on black. Mono is
 * designed, not derived: bold, underline and glyphs carry what colours carry elsewhere.
 */
enum {
    OWN = -1,
    RED = 1,
    GREEN = 2,
    YELLOW = 3,
    BLUE = 4,
    MAGENTA = 5,
    CYAN = 6,
};

static const struct paint paints[SCHEME_COUNT][ROLE_COUNT] =
    {
        [SCHEME_16] =
            {
                [ROLE_NORMAL] = {.fg = OWN},
                [ROLE_DIM] = {.fg = OWN, .dim = true},
                [ROLE_TITLE] = {.fg = OWN, .bold = true},
                [ROLE_HEADER] = {.fg = OWN, .underline = true},
                [ROLE_RULE] = {.fg = OWN, .dim = true},
                [ROLE_STATUS] = {.fg = OWN},
                [ROLE_KEY] = {.fg = CYAN, .bold = true},
                [ROLE_MEMORIZED] = {.fg = YELLOW},
                [ROLE_RELATED] = {.fg = CYAN},
                [ROLE_UNCATEGORIZED] = {.fg = OWN, .dim = true},
                [ROLE_TARGET] = {.fg = GREEN, .bold = true},
                [ROLE_WARNING] = {.fg = OWN, .bold = true},
                [ROLE_ERROR] = {.fg = RED, .bold = true},
                [ROLE_SELECTION] = {.fg = OWN},
                [ROLE_MARK] = {.fg = MAGENTA, .bold = true},
                [ROLE_RUN_1] = {.fg = BLUE},
                [ROLE_RUN_2] = {.fg = MAGENTA},
                [ROLE_RUN_3] = {.fg = CYAN},
                [ROLE_RUN_4] = {.fg = RED},
            },
        [SCHEME_256] =
            {
                [ROLE_NORMAL] = {.fg = OWN},
                [ROLE_DIM] = {.fg = 243},
                [ROLE_TITLE] = {.fg = OWN, .bold = true},
                [ROLE_HEADER] = {.fg = 243, .underline = true},
                [ROLE_RULE] = {.fg = 242},
                [ROLE_STATUS] = {.fg = OWN},
                [ROLE_KEY] = {.fg = 31, .bold = true},
                [ROLE_MEMORIZED] = {.fg = 130},
                [ROLE_RELATED] = {.fg = 68},
                [ROLE_UNCATEGORIZED] = {.fg = 243},
                [ROLE_TARGET] = {.fg = 28, .bold = true},
                [ROLE_WARNING] = {.fg = OWN, .bold = true},
                [ROLE_ERROR] = {.fg = 167, .bold = true},
                [ROLE_SELECTION] = {.fg = OWN},
                [ROLE_MARK] = {.fg = 133, .bold = true},
                [ROLE_RUN_1] = {.fg = 68},
                [ROLE_RUN_2] = {.fg = 133},
                [ROLE_RUN_3] = {.fg = 30},
                [ROLE_RUN_4] = {.fg = 167},
            },
        [SCHEME_MONO] =
            {
                [ROLE_NORMAL] = {.fg = OWN},
                [ROLE_DIM] = {.fg = OWN, .dim = true},
                [ROLE_TITLE] = {.fg = OWN, .bold = true},
                [ROLE_HEADER] = {.fg = OWN, .underline = true},
                [ROLE_RULE] = {.fg = OWN, .dim = true},
                [ROLE_STATUS] = {.fg = OWN},
                [ROLE_KEY] = {.fg = OWN, .bold = true},
                [ROLE_MEMORIZED] = {.fg = OWN, .bold = true},
                [ROLE_RELATED] = {.fg = OWN},
                [ROLE_UNCATEGORIZED] = {.fg = OWN, .dim = true},
                [ROLE_TARGET] = {.fg = OWN, .bold = true, .underline = true},
                [ROLE_WARNING] = {.fg = OWN, .bold = true},
                [ROLE_ERROR] = {.fg = OWN, .bold = true},
                [ROLE_SELECTION] = {.fg = OWN},
                [ROLE_MARK] = {.fg = OWN, .bold = true},
                [ROLE_RUN_1] = {.fg = OWN},
                [ROLE_RUN_2] = {.fg = OWN, .bold = true},
                [ROLE_RUN_3] = {.fg = OWN, .dim = true},
                [ROLE_RUN_4] = {.fg = OWN, .underline = true},
            },
};

struct paint theme_paint(enum scheme scheme, unsigned style)
{
    unsigned role = style & STYLE_ROLE;
    struct paint p = paints[scheme][role < ROLE_COUNT ? role : ROLE_NORMAL];
    p.bold |= (style & STYLE_BOLD) != 0;
    p.dim |= (style & STYLE_DIM) != 0;
    p.underline |= (style & (STYLE_UNDERLINE | STYLE_LEADS)) != 0;
    p.bold |= (style & STYLE_LEADS) != 0;
    if (p.bold)
        p.dim = false; /* terminals disagree on both at once */
    /* A hit under the cursor stays visible: reversed once for the cursor, underlined for the hit.
     */
    if ((style & STYLE_SELECTED) && (style & STYLE_MATCH))
        p.underline = true;
    p.reverse = (style & (STYLE_SELECTED | STYLE_MATCH)) != 0;
    if (p.reverse)
        p.dim = false;
    if ((style & STYLE_MATCH) && !(style & STYLE_SELECTED) && scheme != SCHEME_MONO)
        p.fg = YELLOW;
    return p;
}

const char *theme_css(enum role role, bool dark)
{
    static const char *const css[ROLE_COUNT][2] = {
        [ROLE_NORMAL] = {"#1f2937", "#e5e7eb"},  [ROLE_DIM] = {"#6b7280", "#9ca3af"},
        [ROLE_TITLE] = {"#111827", "#f9fafb"},   [ROLE_HEADER] = {"#6b7280", "#9ca3af"},
        [ROLE_RULE] = {"#9ca3af", "#4b5563"},    [ROLE_STATUS] = {"#1f2937", "#e5e7eb"},
        [ROLE_KEY] = {"#0e7490", "#5cc8de"},     [ROLE_MEMORIZED] = {"#c2680c", "#e59a4a"},
        [ROLE_RELATED] = {"#3a72b0", "#7fb0e6"}, [ROLE_UNCATEGORIZED] = {"#9ca3af", "#6b7280"},
        [ROLE_TARGET] = {"#2f8f46", "#6cc083"},  [ROLE_WARNING] = {"#111827", "#f9fafb"},
        [ROLE_ERROR] = {"#b91c1c", "#f08a8a"},   [ROLE_SELECTION] = {"#111827", "#f9fafb"},
        [ROLE_MARK] = {"#8b3d88", "#cf8fcc"},    [ROLE_RUN_1] = {"#3a72b0", "#7fb0e6"},
        [ROLE_RUN_2] = {"#8b3d88", "#cf8fcc"},   [ROLE_RUN_3] = {"#2a8a8a", "#6cc4c4"},
        [ROLE_RUN_4] = {"#b91c1c", "#f08a8a"},
    };
    return css[role][dark];
}

const struct glyphs glyphs_utf8 = {
    .ascii = false,
    .symbol =
        {
            [GLYPH_BLANK] = " ",       [GLYPH_VERBATIM] = "■",    [GLYPH_ONE_HOP] = "●",
            [GLYPH_ONE_HOP_ANY] = "◐", [GLYPH_RELATED] = "○",     [GLYPH_UNCATEGORIZED] = "·",
            [GLYPH_REPEAT] = "↺",      [GLYPH_ILLEGAL] = "✗",     [GLYPH_TARGET] = "✓",
            [GLYPH_CURSOR] = "▸",      [GLYPH_CRUMB] = "▸",       [GLYPH_UNFOLDED] = "▾",
            [GLYPH_MARK] = "◆",        [GLYPH_ELLIPSIS] = "…",    [GLYPH_ASCENDING] = "↑",
            [GLYPH_DESCENDING] = "↓",  [GLYPH_NONE] = "–",        [GLYPH_DOT] = "·",
            [GLYPH_HORIZONTAL] = "─",  [GLYPH_VERTICAL] = "│",    [GLYPH_TOP_LEFT] = "┌",
            [GLYPH_TOP_RIGHT] = "┐",   [GLYPH_BOTTOM_LEFT] = "└", [GLYPH_BOTTOM_RIGHT] = "┘",
            [GLYPH_TEE_LEFT] = "├",    [GLYPH_TEE_RIGHT] = "┤",   [GLYPH_TEE_DOWN] = "┬",
            [GLYPH_TEE_UP] = "┴",      [GLYPH_CROSS] = "┼",       [GLYPH_FULL] = "█",
            [GLYPH_MEDIUM] = "▒",      [GLYPH_LIGHT] = "░",
        },
    .spark = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
};

const struct glyphs glyphs_ascii = {
    .ascii = true,
    .symbol =
        {
            [GLYPH_BLANK] = " ",       [GLYPH_VERBATIM] = "#",    [GLYPH_ONE_HOP] = "*",
            [GLYPH_ONE_HOP_ANY] = "+", [GLYPH_RELATED] = "o",     [GLYPH_UNCATEGORIZED] = ".",
            [GLYPH_REPEAT] = "r",      [GLYPH_ILLEGAL] = "x",     [GLYPH_TARGET] = "v",
            [GLYPH_CURSOR] = ">",      [GLYPH_CRUMB] = ">",       [GLYPH_UNFOLDED] = "v",
            [GLYPH_MARK] = "=",        [GLYPH_ELLIPSIS] = "~",    [GLYPH_ASCENDING] = "^",
            [GLYPH_DESCENDING] = "_",  [GLYPH_NONE] = "-",        [GLYPH_DOT] = ".",
            [GLYPH_HORIZONTAL] = "-",  [GLYPH_VERTICAL] = "|",    [GLYPH_TOP_LEFT] = "+",
            [GLYPH_TOP_RIGHT] = "+",   [GLYPH_BOTTOM_LEFT] = "+", [GLYPH_BOTTOM_RIGHT] = "+",
            [GLYPH_TEE_LEFT] = "+",    [GLYPH_TEE_RIGHT] = "+",   [GLYPH_TEE_DOWN] = "+",
            [GLYPH_TEE_UP] = "+",      [GLYPH_CROSS] = "+",       [GLYPH_FULL] = "#",
            [GLYPH_MEDIUM] = "=",      [GLYPH_LIGHT] = ".",
        },
    .spark = {" ", ".", ".", "-", "-", "=", "=", "#", "#"},
};
