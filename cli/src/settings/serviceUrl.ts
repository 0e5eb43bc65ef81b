/** Why a text is no URL of a service; null where it is one. It is not quoted: it may have a password. */
export function faultOfServiceUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return 'must be the URL of the service, such as https://hooks.example.com.';
  }
  return url.username || url.password ? 'must have no user name and password: only the key is sent.' : null;
}
