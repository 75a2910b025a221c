#ifndef AUTOMATON_CCURL_SHIM_H
#define AUTOMATON_CCURL_SHIM_H
// Swift cannot call C variadics: each wrapper below is one type of argument of curl's variadic calls.
#include <curl/curl.h>
#include <fcntl.h>

static inline CURLcode automaton_curl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode automaton_curl_setopt_off_t(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode automaton_curl_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode automaton_curl_setopt_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode automaton_curl_setopt_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
// curl copies the bytes.
static inline CURLcode automaton_curl_setopt_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob;
    blob.data = (void *)bytes;
    blob.len = count;
    blob.flags = CURL_BLOB_COPY;
    return curl_easy_setopt(handle, option, &blob);
}
// One wrapper for CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION, whose types are the same.
typedef size_t (*automaton_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode automaton_curl_setopt_callback(CURL *handle, CURLoption option, automaton_curl_data_callback value) {
    return curl_easy_setopt(handle, option, value);
}
// Programs that this process starts must not inherit connections; libcurl 7.88 does not see to it.
static int automaton_curl_mark_socket(void *context, curl_socket_t socket, curlsocktype purpose) {
    (void)context;
    (void)purpose;
    return fcntl(socket, F_SETFD, FD_CLOEXEC) == 0 ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}
static inline CURLcode automaton_curl_close_on_exec(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, automaton_curl_mark_socket);
}
// Says what is sent and received; curl only calls it when it is verbose.
static inline CURLcode automaton_curl_setopt_debug(CURL *handle, curl_debug_callback value) {
    return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, value);
}
// Called about once a second, also while curl waits for a last word: a result other than 0 ends the transfer.
static inline CURLcode automaton_curl_setopt_progress(CURL *handle, curl_xferinfo_callback value) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}
static inline CURLcode automaton_curl_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode automaton_curl_getinfo_off_t(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode automaton_curl_getinfo_socket(CURL *handle, CURLINFO info, curl_socket_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode automaton_curl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// The name of the option has three l in older versions (CURLOPT_MAIL_RCPT_ALLLOWFAILS) and is only a macro in newer ones.
static inline CURLcode automaton_curl_allow_refused_recipients(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

// Macros that are not imported.
static inline CURLcode automaton_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
static const size_t automaton_curl_write_pause = CURL_WRITEFUNC_PAUSE;
static const int automaton_curl_pause_none = CURLPAUSE_CONT;
static const long automaton_curl_http_1_1 = CURL_HTTP_VERSION_1_1;
static const long automaton_curl_tls_never = CURLUSESSL_NONE;
static const long automaton_curl_tls_if_offered = CURLUSESSL_TRY;
static const long automaton_curl_tls_required = CURLUSESSL_ALL;
#endif
