/*
 * Numbers on the command lines of the test programs.
 */
#ifndef ZV_TESTS_TOOLS_NUMBER_H
#define ZV_TESTS_TOOLS_NUMBER_H

#include <stdbool.h>
#include <stdlib.h>

/* The whole text is a number within the bounds. */
static inline bool read_number(const char *text, double least, double most, double *ret_number)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= least) || !(number <= most))
        return false;
    *ret_number = number;
    return true;
}

#endif
