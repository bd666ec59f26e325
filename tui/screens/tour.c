#include "tui/screens/tour.h"

#include <string.h>

#include "tui/screens/host.h"

static bool in_front(struct app *app, const char *view)
{
    return strcmp(app_view_at(app, 0)->ops->name, view) == 0;
}

static bool sees_users(const struct tour *tour, struct app *app)
{
    (void)tour;
    return in_front(app, "users");
}

static bool sees_a_case(const struct tour *tour, struct app *app)
{
    (void)tour;
    return in_front(app, "case");
}

/* A case that was opened from the evidence of another one. */
static bool sees_a_source(const struct tour *tour, struct app *app)
{
    (void)tour;
    const struct view *below = app_view_at(app, 1);
    return in_front(app, "case") && below && strcmp(below->ops->name, "case") == 0;
}

static bool has_another_definition(const struct tour *tour, struct app *app)
{
    const struct host *host = host_of(app);
    char before[DEFINITION_TEXT_MAX], now[DEFINITION_TEXT_MAX];
    definition_format(&tour->definition, before);
    definition_format(&host->definition, now);
    return strcmp(before, now) != 0;
}

static bool sees_runs(const struct tour *tour, struct app *app)
{
    (void)tour;
    return in_front(app, "runs") || in_front(app, "new-run");
}

static const struct {
    const char *text;
    bool (*is_done)(const struct tour *tour, struct app *app);
} steps[TOUR_STEPS] = {
    {"Press 2: a row per user, with how much of what was recommended to each is rote.", sees_users},
    {"j and k move, / searches (in the demo, try u1854). Enter opens one user's case.",
     sees_a_case},
    {"j goes over the recommendations; below stand the training sequences that each repeats. Enter "
     "goes there, and Enter again opens the user it came from.",
     sees_a_source},
    {"q comes back to where you were. d changes what counts as rote: type any, then Enter, and "
     "every number follows.",
     has_another_definition},
    {"Press 4: the runs, while they train. (1 and then t: the form of a new one.)", sees_runs},
};

static void start_step(struct tour *tour, struct app *app, int step)
{
    tour->step = step;
    tour->definition = host_of(app)->definition;
}

void tour_begin(struct tour *tour, struct app *app)
{
    start_step(tour, app, 1);
}

bool tour_look(struct tour *tour, struct app *app)
{
    if (tour->step < 1 || tour->step > TOUR_STEPS || !steps[tour->step - 1].is_done(tour, app))
        return false;
    start_step(tour, app, tour->step + 1);
    return true;
}

void tour_text(const struct tour *tour, struct buf *title, struct buf *text)
{
    buf_adds(title, "tour");
    if (tour->step > TOUR_STEPS)
        buf_adds(text,
                 "That was the tour: what is rote, where it comes from, and what follows from "
                 "the definition. ? lists every key, :tour begins again, Esc hides this.");
    else if (tour->step > 0) {
        buf_addf(title, " %d of %d", tour->step, TOUR_STEPS);
        buf_adds(text, steps[tour->step - 1].text);
    }
}
