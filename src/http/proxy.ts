/**
 * The proxies that the environment names, as an agent of Node takes them (`proxyEnv`): HTTPS_PROXY or HTTP_PROXY by the
 * protocol of what is asked for, unless NO_PROXY names its host; small letters before capitals.
 * https://nodejs.org/api/http.html#built-in-proxy-support
 *
 * Not the whole environment, which Node writes to the log where NODE_DEBUG is set.
 */
export function proxyEnvironment(): Readonly<Record<string, string | undefined>> {
  const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy } = process.env;
  return { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy };
}
