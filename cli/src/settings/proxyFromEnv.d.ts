// The package has no types of its own.
declare module 'proxy-from-env' {
  /** @returns the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names and NO_PROXY does not except; empty: none */
  export function getProxyForUrl(url: string): string;
}
