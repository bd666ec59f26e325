/* One input for the importers: byte 0 chooses the parser, byte 1 the filters, the rest is the file.
 */
#ifndef TESTS_STORAGE_FUZZ_IMPORT_H
#define TESTS_STORAGE_FUZZ_IMPORT_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
