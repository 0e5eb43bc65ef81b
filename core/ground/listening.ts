/** A host as a URL has it: IPv6 in brackets. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** A host to call from this machine: what stands for every address cannot be called. */
export const callableHost = (host: string): string => bracketed(['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);

/** Says what is wrong with an address that cannot be listened on, by the names of its settings. */
export function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `PORT: ${port} is taken by another program. Choose another, or 0 for any free one.`;
  }
  if (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL') {
    const off = host.includes(':') ? ' (IPv6 may be off)' : '';
    return `HOST: this machine has no address ${host}${off}. HOST=:: listens on every address that it has.`;
  }
  return `HOST, PORT: ${error.message}. Choose another, or 0 for any free port.`;
}
