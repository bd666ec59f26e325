/* Is a text well-formed? Small checkers for what the renderers write. */
#ifndef TESTS_STORAGE_MARKUP_H
#define TESTS_STORAGE_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

/* XML as rote writes it: tags balance, attributes are quoted and occur once, `&` begins a known
 * entity, ids are unique, no control characters, all of it UTF-8. NULL, or what is wrong (static,
 * with the place in it). */
const char *xml_fault(const char *text, size_t n);

/* LaTeX as rote writes it: braces and environments balance, specials stand only where rows,
 * alignments and comments of ours are, every character is one that pdflatex knows. NULL, or what is
 * wrong. */
const char *tex_fault(const char *text, size_t n);

#endif
