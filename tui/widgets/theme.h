/*
 * What things look like: styles name a role, a scheme turns roles into colours, a glyph set turns
 * symbols into characters. Everything that draws uses roles and symbols only, so that mono, 16 and
 * 256 colours, UTF-8 and ASCII, light and dark all follow from the tables in theme.c.
 */
#ifndef TUI_WIDGETS_THEME_H
#define TUI_WIDGETS_THEME_H

#include <stdbool.h>
#include <stdint.h>

/* A style is one role plus flags: `ROLE_TARGET | STYLE_BOLD`. */
enum role {
    ROLE_NORMAL,
    ROLE_DIM,
    ROLE_TITLE,         /* names of views and panes */
    ROLE_HEADER,        /* column headers */
    ROLE_RULE,          /* lines and frames */
    ROLE_STATUS,        /* the status line */
    ROLE_KEY,           /* a key in the footer, the pop-up, help */
    ROLE_MEMORIZED,     /* warm: verbatim, one-hop */
    ROLE_RELATED,       /* cool: relation labels */
    ROLE_UNCATEGORIZED, /* dim */
    ROLE_TARGET,        /* green: the held-out target */
    ROLE_WARNING,       /* bold */
    ROLE_ERROR,
    ROLE_SELECTION, /* the cursor's cell and marker */
    ROLE_MARK,      /* marked rows */
    ROLE_RUN_1,     /* series in plots and panes of runs */
    ROLE_RUN_2,
    ROLE_RUN_3,
    ROLE_RUN_4,
    ROLE_COUNT
};

enum {
    STYLE_ROLE = 0xff,
    STYLE_BOLD = 0x100,
    STYLE_DIM = 0x200,
    STYLE_UNDERLINE = 0x400,
    STYLE_SELECTED = 0x800, /* under the cursor: reversed whatever the role */
    STYLE_MATCH = 0x1000,   /* a search hit */
    STYLE_LEADS = 0x2000,   /* history items that lead to the selected recommendation */
};

enum scheme { SCHEME_16, SCHEME_256, SCHEME_MONO, SCHEME_COUNT };

/* How one style is painted, on the terminal's own background; colour -1: the terminal's own. */
struct paint {
    short fg;
    bool bold, dim, underline, reverse;
};
struct paint theme_paint(enum scheme scheme, unsigned style);
/* The role's colour on white or dark paper as CSS ("#c2680c"), for pictures of the screen; the same
 * as in plots. */
const char *theme_css(enum role role, bool dark);

/* Symbols. Each is exactly one column in both sets. */
enum glyph {
    GLYPH_BLANK,         /* nothing: a space */
    GLYPH_VERBATIM,      /* ■ # */
    GLYPH_ONE_HOP,       /* ● * */
    GLYPH_ONE_HOP_ANY,   /* ◐ + */
    GLYPH_RELATED,       /* ○ o */
    GLYPH_UNCATEGORIZED, /* · . */
    GLYPH_REPEAT,        /* ↺ r */
    GLYPH_ILLEGAL,       /* ✗ x */
    GLYPH_TARGET,        /* ✓ v */
    GLYPH_CURSOR,        /* ▸ > */
    GLYPH_CRUMB,         /* ▸ >  "there is more" */
    GLYPH_UNFOLDED,      /* ▾ v  "all of it is here" */
    GLYPH_MARK,          /* ◆ = */
    GLYPH_ELLIPSIS,      /* … ~ */
    GLYPH_ASCENDING,     /* ↑ ^ */
    GLYPH_DESCENDING,    /* ↓ _ */
    GLYPH_NONE,          /* – -  "no value" */
    GLYPH_DOT,           /* · .  between facts */
    GLYPH_HORIZONTAL,    /* ─ - */
    GLYPH_VERTICAL,      /* │ | */
    GLYPH_TOP_LEFT,      /* ┌ + */
    GLYPH_TOP_RIGHT,
    GLYPH_BOTTOM_LEFT,
    GLYPH_BOTTOM_RIGHT,
    GLYPH_TEE_LEFT,  /* ├ + */
    GLYPH_TEE_RIGHT, /* ┤ + */
    GLYPH_TEE_DOWN,  /* ┬ + */
    GLYPH_TEE_UP,    /* ┴ + */
    GLYPH_CROSS,     /* ┼ + */
    GLYPH_FULL,      /* █ # */
    GLYPH_MEDIUM,    /* ▒ = */
    GLYPH_LIGHT,     /* ░ . */
    GLYPH_COUNT
};

struct glyphs {
    bool ascii;
    const char *symbol[GLYPH_COUNT]; /* UTF-8 text, one column each */
    const char *spark[9];            /* vertical bar of i/8 of a row */
};
extern const struct glyphs glyphs_utf8, glyphs_ascii;

#endif
