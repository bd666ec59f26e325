/* rote audit: what in the data makes numbers wrong or fragile. */
#include "analysis/report/audit_report.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const char cli_audit_details[] = "Each finding says how much of the data it concerns, gives "
                                 "examples, and says what it does to the\n"
                                 "numbers (docs/definitions.md, section 11).";

void cli_print_audit(FILE *out, const struct audit *audit)
{
    for (size_t i = 0; i < audit->n; i++) {
        const struct finding *f = &audit->finding[i];
        text_printf(out, "%s  %.2f %%  (%lld)\n  %s\n  effect: %s\n", f->id, f->share * 100,
                    (long long)f->count, f->text, f->effect);
        for (size_t e = 0; e < f->n_examples; e++)
            text_printf(out, "    %s\n", f->example[e]);
    }
    fputs(audit->n ? "checked without a finding:" : "no findings; checked:", out);
    for (size_t i = 0; i < audit->n_clean; i++)
        text_printf(out, " %s", audit->clean[i]);
    fputc('\n', out);
}

int cli_audit(struct cli *cli, const struct cli_args *args, struct error *err)
{
    (void)args;
    struct study *study = cli_study(cli, true, err);
    struct audit audit;
    bool ok = study && audit_study(study, false, cli->progress, &audit, err);
    if (ok && cli->json) {
        struct jval *o = audit_to_json(&audit);
        jval_print(o, false, cli->out);
        jval_free(o);
    } else if (ok) {
        cli_print_audit(cli->out, &audit);
    }
    if (ok)
        audit_release(&audit);
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
