import { readFile } from 'node:fs/promises';
import { loadConfig } from '../core/composition/config.ts';

const timeoutMs = 5_000;

/** What process 1 of this container runs: the arguments of the entry. */
async function runsHere(): Promise<string[]> {
  return (await readFile('/proc/1/cmdline', 'utf8').catch(() => '')).split('\0');
}

/** A process that listens on every address is asked on loopback, of IPv6 where there is no other. */
async function answers(host: string, port: number): Promise<void> {
  const hosts =
    host === '::' || host === '0.0.0.0' ? ['127.0.0.1', '[::1]'] : [host.includes(':') ? `[${host}]` : host];
  const signal = AbortSignal.timeout(timeoutMs);
  const ask = async (name: string) => {
    const response = await fetch(`http://${name}:${port}/healthz`, { signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
  };
  await Promise.any(hosts.map(ask)).catch(() => {
    throw new Error(`Nothing healthy answers on port ${port} within ${timeoutMs / 1_000} s.`);
  });
}

/** `everhook-server health`: asks the process that this container runs. One that only works and ends counts as healthy. */
async function main(): Promise<void> {
  const { host, port, workerMetricsPort } = loadConfig(process.env);
  const args = await runsHere();
  const runs = (name: string) => args.includes(name);
  if (runs('api') || runs('start')) await answers(host, port);
  if ((runs('worker') || runs('start')) && workerMetricsPort !== null) await answers(host, workerMetricsPort);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
