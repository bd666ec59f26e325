#include "analysis/label/relation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const label_names[RELATION_LABELS] = {
    "2nd-symmetry_1",     "2nd-symmetry_2", "2nd-symmetry_3",     "2nd-symmetry_4",
    "generalization",     "memorization",   "substitutability_2", "substitutability_3",
    "substitutability_4", "symmetry_1",     "symmetry_2",         "symmetry_3",
    "symmetry_4",         "transitivity_1", "transitivity_2",     "transitivity_3",
    "transitivity_4",     "uncategorized",
};
enum { LABEL_GENERALIZATION = 4, LABEL_MEMORIZATION = 5, LABEL_UNCATEGORIZED = 17 };

/* The label number of hop 1 of each type (substitutability starts at hop 2). */
static const int first_label[RELATION_TYPES] = {
    [RELATION_SUBSTITUTABILITY] = 5,
    [RELATION_SYMMETRY] = 9,
    [RELATION_TRANSITIVITY] = 13,
    [RELATION_SECOND_SYMMETRY] = 0,
};

const char *relation_label_name(int label)
{
    return label_names[label];
}

int relation_label_find(const char *name)
{
    for (int l = 0; l < RELATION_LABELS; l++) {
        if (strcmp(label_names[l], name) == 0)
            return l;
    }
    return -1;
}

uint32_t relation_label_set(uint16_t code)
{
    switch (relation_class(code)) {
    case RELATION_NO_LABEL:
        return 0;
    case RELATION_MEMORIZATION:
        return 1u << LABEL_MEMORIZATION;
    case RELATION_UNCATEGORIZED:
        return 1u << LABEL_UNCATEGORIZED;
    case RELATION_GENERALIZATION:
        break;
    }
    uint32_t set = 1u << LABEL_GENERALIZATION;
    for (int t = 0; t < RELATION_TYPES; t++) {
        int hop = relation_hop(code, (enum relation_type)t);
        if (hop > 0)
            set |= 1u << (first_label[t] + hop - 1);
    }
    return set;
}

void relation_format(uint16_t code, char text[RELATION_TEXT_MAX])
{
    uint32_t set = relation_label_set(code);
    size_t n = 0;
    text[0] = '\0';
    for (int l = 0; l < RELATION_LABELS; l++) {
        if (set >> l & 1)
            n += (size_t)snprintf(text + n, RELATION_TEXT_MAX - n, "%s%s", n > 0 ? "," : "",
                                  label_names[l]);
    }
}

/* Codes have 14 bits: counting codes first makes one step of each, however many labels it has. */
enum { CODES = 1 << 14 };

void relation_shares(const uint16_t *code, int64_t n, struct relation_shares *out)
{
    int64_t seen[CODES] = {0};
    for (int64_t i = 0; i < n; i++)
        seen[code[i] & (CODES - 1)]++;
    *out = (struct relation_shares){0};
    for (int c = 0; c < CODES; c++) {
        uint32_t set = seen[c] > 0 ? relation_label_set((uint16_t)c) : 0;
        if (set != 0)
            out->labelled += seen[c];
        for (int l = 0; set >> l != 0; l++)
            out->count[l] += set >> l & 1 ? seen[c] : 0;
    }
    for (int l = 0; l < RELATION_LABELS; l++)
        out->share[l] =
            out->labelled > 0 ? (double)out->count[l] / (double)out->labelled : (double)NAN;
}
