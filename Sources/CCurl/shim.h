#ifndef AUTOMATON_CCURL_SHIM_H
#define AUTOMATON_CCURL_SHIM_H
// Swift cannot call C variadics: each wrapper below is one type of argument of curl's variadic calls.
#include <curl/curl.h>
#endif
