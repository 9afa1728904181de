/* This file checks the URLs of services. A URL goes into messages and logs, so
 * it must not have a user name or password. */
#include "config.h"
#include "net/http_parts.h"

#include <arpa/inet.h>
#include <strings.h>

#include "util/str.h"

static bool host_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    char inside[64];
    size_t n = strlen(host);

    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (host[0] != '[' || n < 3 || n - 2 >= sizeof inside)
        return false;
    memcpy(inside, host + 1, n - 2);
    inside[n - 2] = '\0';
    return inet_pton(AF_INET6, inside, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool has_login(CURLU *u)
{
    char *user = NULL, *password = NULL;
    bool found;

    curl_url_get(u, CURLUPART_USER, &user, 0);
    curl_url_get(u, CURLUPART_PASSWORD, &password, 0);
    found = user || password;
    curl_free(user);
    curl_free(password);
    return found;
}

static bool is_http(CURLU *u)
{
    char *scheme = NULL;
    bool fine;

    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    fine = scheme && (strcmp(scheme, "http") == 0 ||
                      strcmp(scheme, "https") == 0);
    curl_free(scheme);
    return fine;
}

static bool http_url_check_parts(CURLU *u, const char *url, bool *loopback,
                                 struct error *err)
{
    bool no_space = url[strcspn(url, " \t\r\n")] == '\0';
    char shown[128], *host = NULL;
    CURLUcode code = curl_url_set(u, CURLUPART_URL, url,
                                  CURLU_NON_SUPPORT_SCHEME);

    if (code == CURLUE_OK && has_login(u))
        return error_set(err, ERROR_CONFIG, 0,
                         "a URL must not hold a user name or password: give "
                         "the key by variable or file");
    str_printable(shown, sizeof shown, text_of(url));
    if (code == CURLUE_OK)
        code = curl_url_get(u, CURLUPART_HOST, &host, 0);
    if (code != CURLUE_OK || !no_space || !is_http(u)) {
        curl_free(host);
        return error_set(err, ERROR_CONFIG, 0,
                         "\"%s\" is not a URL of the form http://HOST or "
                         "https://HOST", shown);
    }
    if (loopback)
        *loopback = host_is_loopback(host);
    curl_free(host);
    return true;
}

bool http_url_check(const char *url, bool *loopback, struct error *err)
{
    CURLU *u = curl_url();
    bool fine;

    if (!u)
        return error_memory(err, "for a URL");
    fine = http_url_check_parts(u, url, loopback, err);
    curl_url_cleanup(u);
    return fine;
}

void http_url_host(const char *url, char *to, size_t size)
{
    const char *start = strstr(url, "://");

    start = start ? start + 3 : url;
    str_printable(to, size, (struct text){ start, strcspn(start, "/?#") });
}
