/* `rote dataset`: what the workspace holds, and how it is split. */
#include <inttypes.h>
#include <string.h>

#include "analysis/corpus/split.h"
#include "analysis/report/semids.h"
#include "analysis/report/study.h"
#include "storage/base/hash.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const char cli_dataset_details[] =
    "The fingerprint covers external ids and sequences; the structure fingerprint does not change\n"
    "when users and items are renamed.";

struct split_sizes {
    int64_t train, valid, test; /* interactions; cases; cases */
    int64_t users_without_case; /* of the test part */
};

static struct split_sizes measure(const struct split *split)
{
    struct split_sizes s = {.valid = split->part[PART_VALID].n,
                            .test = split->part[PART_TEST].n,
                            .users_without_case = split->n_users};
    for (int32_t u = 0; u < split->n_users; u++)
        s.train += split->train_end[u];
    const struct case_list *test = &split->part[PART_TEST];
    for (int64_t i = 0; i < test->n; i++)
        s.users_without_case -= i == 0 || test->user[i] != test->user[i - 1];
    return s;
}

/* The quality of the semantic ids; levels 0 with a reason on stderr where it cannot be measured. */
static struct semids_report measure_semids(struct cli *cli, const struct dataset *d)
{
    struct semids_report r;
    struct error why = {0};
    if (!semids_of_dataset(d, cli->progress, &r, &why)) {
        text_printf(cli->err, "rote dataset: the semantic ids were not measured: %s\n", why.text);
        r.levels = 0;
    }
    return r;
}

static void print_json(struct cli *cli, const struct dataset *d, const struct split_sizes *s,
                       const struct semids_report *semids)
{
    char text[HASH_TEXT_LEN + 1];
    struct jval *o = jval_new_object(), *splits = jval_new_object();
    jval_put_string(o, "workspace", cli->workspace);
    jval_put_int(o, "users", d->n_users);
    jval_put_int(o, "items", d->n_items);
    jval_put_int(o, "interactions", d->n_interactions);
    hash_format(d->fingerprint, text);
    jval_put_string(o, "fingerprint", text);
    hash_format(d->structure_fingerprint, text);
    jval_put_string(o, "structure_fingerprint", text);
    jval_put_bool(o, "times", d->time != NULL);
    jval_put_bool(o, "ratings", d->rating != NULL);
    jval_put_int(o, "semid_levels", d->semid_levels);
    jval_put(o, "semids", semids_json(semids));
    jval_put_int(o, "embedding_width", d->embedding_width);
    jval_put_int(o, "items_with_embedding", items_with_embedding(d));
    jval_put_string(splits, "kind", d->split);
    jval_put_int(splits, "train_interactions", s->train);
    jval_put_int(splits, "valid_cases", s->valid);
    jval_put_int(splits, "test_cases", s->test);
    jval_put_int(splits, "users_without_case", s->users_without_case);
    jval_put(o, "splits", splits);
    jval_print(o, true, cli->out);
    jval_free(o);
}

static void print_text(struct cli *cli, const struct dataset *d, const struct split_sizes *s,
                       const struct semids_report *semids)
{
    struct buf lines;
    buf_init(&lines);
    semids_text(semids, 2, &lines);
    char whole[HASH_TEXT_LEN + 1], structure[HASH_TEXT_LEN + 1];
    hash_format(d->fingerprint, whole);
    hash_format(d->structure_fingerprint, structure);
    text_printf(cli->out, "users                  %" PRId32 "\n", d->n_users);
    text_printf(cli->out, "items                  %" PRId32 "\n", d->n_items);
    text_printf(cli->out, "interactions           %" PRId64 "\n", d->n_interactions);
    text_printf(cli->out, "fingerprint            %s\n", whole);
    text_printf(cli->out, "structure fingerprint  %s\n", structure);
    text_printf(cli->out, "times                  %s\n", d->time ? "yes" : "no");
    text_printf(cli->out, "ratings                %s\n", d->rating ? "yes" : "no");
    if (d->semid_levels)
        text_printf(cli->out, "semantic ids           %" PRId32 " level%s\n", d->semid_levels,
                    plural_s(d->semid_levels));
    text_put(cli->out, lines.data);
    if (d->embedding_width)
        text_printf(cli->out,
                    "item embeddings        width %" PRId32 ", of %" PRId64 " item%s (%.1f %%)\n",
                    d->embedding_width, items_with_embedding(d), plural_s(items_with_embedding(d)),
                    100 * (double)items_with_embedding(d) / (double)d->n_items);
    text_printf(cli->out, "split                  %s\n", d->split);
    text_printf(cli->out, "  training             %" PRId64 " interaction%s\n", s->train,
                plural_s(s->train));
    text_printf(cli->out, "  validation           %" PRId64 " case%s\n", s->valid,
                plural_s(s->valid));
    text_printf(cli->out, "  test                 %" PRId64 " case%s\n", s->test,
                plural_s(s->test));
    text_printf(cli->out, "  users without case   %" PRId64 "\n", s->users_without_case);
    buf_release(&lines);
}

int cli_dataset(struct cli *cli, const struct cli_args *args, struct error *err)
{
    if (args->n_rest > 0) {
        error_set(err, ERROR_USAGE, "nothing goes behind \"dataset\"; choose a workspace with -w");
        return cli_status(err);
    }
    struct study *study = cli_study(cli, true, err);
    if (!study)
        return cli_status(err);
    struct split_sizes sizes = measure(study_split(study));
    struct semids_report semids = measure_semids(cli, study_dataset(study));
    if (cli->json)
        print_json(cli, study_dataset(study), &sizes, &semids);
    else
        print_text(cli, study_dataset(study), &sizes, &semids);
    study_close(study);
    return CLI_OK;
}
