/* For tests that draw words with cairo: what fontconfig keeps until the process ends is no leak. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
