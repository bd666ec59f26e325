#include "tui/screens/finding_view.h"

#include "storage/base/buf.h"
#include "tui/screens/text_view.h"

struct view *finding_view_new(struct app *app, const struct finding *f)
{
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%s\n\n%s\n", f->text, f->effect);
    if (f->n_examples > 0)
        buf_adds(&text, "\nExamples:\n");
    for (size_t i = 0; i < f->n_examples; i++)
        buf_addf(&text, "  %s\n", f->example[i]);
    struct view *view = text_view_new(app, f->id, text.data);
    buf_release(&text);
    return view;
}
