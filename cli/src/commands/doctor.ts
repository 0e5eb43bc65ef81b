import { stat } from 'node:fs/promises';
import { EverhookError } from '@everhook/sdk';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit/codes.ts';
import { cliVersion, sdkVersion } from '../ownVersion.ts';
import { configPath } from '../settings/configFile.ts';
import { type ConnectionOptions, connected, placeOf, withEverhook } from '../settings/connection.ts';
import { wayTo } from '../settings/network.ts';
import { addressOf } from '../settings/rest.ts';
import { paint, plain, say, sayJson } from '../terminal/output.ts';

/** In words as they are, also those of others: what shows them makes them plain. */
interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly text: string;
  /** What to do. */
  readonly advice?: string;
  readonly exitCode?: number;
}

const timeoutMs = 10_000;
const liveTimeoutMs = 10_000;
/** Signatures of most profiles are accepted for five minutes; a minute leaves room. */
const maxSkewMs = 60_000;

const unreachable = exitCodes.unavailable.code;

function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}

async function configFinding(): Promise<Finding> {
  const check = 'keys';
  const path = configPath();
  if (path === null) return { check, ok: true, text: 'no home: the environment alone counts' };
  const info = await stat(path).catch(() => null);
  if (info === null) return { check, ok: true, text: `${path} is not there: the environment alone counts` };
  const ok = process.platform === 'win32' || (info.mode & 0o077) === 0;
  return ok
    ? { check, ok, text: `${path}, yours alone` }
    : { check, ok, text: `${path} can be read by others`, advice: `chmod 600 ${path}` };
}

const parts: readonly (readonly [name: string, title: string, advice: string])[] = [
  ['postgresql', 'PostgreSQL', 'Look at DATABASE_URL of the server, and whether PostgreSQL runs.'],
  [
    'temporal',
    'Temporal',
    'Look at TEMPORAL_ADDRESS of the server, and whether Temporal runs. Retries wait until it is back.',
  ],
];

function partFinding(name: string, state: string): Finding {
  const [, title = name, advice = `Look at the log of the server for "${name}".`] =
    parts.find(([part]) => part === name) ?? [];
  return state === 'ok'
    ? { check: title, ok: true, text: 'reached by the service' }
    : { check: title, ok: false, text: `the service says: ${state}`, advice, exitCode: unreachable };
}

async function serviceFindings(url: string): Promise<Finding[]> {
  const sentAt = Date.now();
  const way = await wayTo(url);
  const by = way.proxy === undefined ? '' : ` through the proxy ${way.proxy}`;
  let response: Response;
  try {
    response = await way.fetch(addressOf(url, '/readyz'), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    });
  } catch (error) {
    const advice = 'Look at EVERHOOK_URL, whether the service runs, and whether a proxy or a firewall lies between.';
    return [{ check: 'API', ok: false, text: `${url}${by}: ${causeOf(error)}`, advice, exitCode: unreachable }];
  }
  const receivedAt = Date.now();
  const state = (await response.json().catch(() => null)) as Record<string, string> | null;
  if (state === null || typeof state.status !== 'string') {
    const text = `${url} answers ${response.status}, and not as Everhook does`;
    return [
      {
        check: 'API',
        ok: false,
        text,
        advice: 'Look at EVERHOOK_URL: it may name a proxy or another service.',
        exitCode: unreachable,
      },
    ];
  }
  const { status, egress, ...states } = state;
  const findings: Finding[] = [{ check: 'API', ok: true, text: `${url}${by}, ${receivedAt - sentAt} ms` }];
  if (status === 'ending') {
    const advice = 'It is being restarted: try again in a moment.';
    findings.push({ check: 'API', ok: false, text: 'it is about to end', advice, exitCode: unreachable });
  }
  for (const [name, said] of Object.entries(states)) findings.push(partFinding(name, said));
  if (egress === 'blocked') {
    const advice = 'Deliveries wait. Look at EVERHOOK_PROXY_URL of the server.';
    findings.push({ check: 'way out', ok: false, text: 'blocked', advice });
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) {
    // The header has whole seconds, and the answer took its time.
    const skew = Math.round((date + 500 - (sentAt + receivedAt) / 2) / 1_000);
    const ok = Math.abs(skew) * 1_000 <= maxSkewMs;
    const text =
      Math.abs(skew) <= 1
        ? 'as the service’s'
        : `${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} the service’s`;
    const advice = 'Set this clock by NTP: signatures that are older than five minutes are refused.';
    findings.push({ check: 'clock', ok, text, ...(ok ? {} : { advice }) });
  }
  return findings;
}

async function keyFindings(options: ConnectionOptions): Promise<Finding[]> {
  try {
    return await withEverhook(
      options,
      async ({ everhook, scope }) => {
        const viewer = await everhook.viewer(scope);
        const owner = viewer.project?.name ?? viewer.organization?.name ?? '';
        const findings: Finding[] = [{ check: 'key', ok: true, text: `${viewer.kind} ${owner}`.trim() }];
        findings.push(await liveFinding(everhook, scope));
        return findings;
      },
      { retries: 0 },
    );
  } catch (error) {
    if (!(error instanceof EverhookError)) throw error;
    if (error.code === 'NOT_FOUND') {
      const advice = 'Look at --project, --organization and EVERHOOK_PROJECT: this key sees no such one.';
      return [{ check: 'project', ok: false, text: error.message, advice, exitCode: exitCodes.notFound.code }];
    }
    const exitCode =
      error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN' ? exitCodes.credentials.code : unreachable;
    return [
      {
        check: 'key',
        ok: false,
        text: error.message,
        advice: 'Run `everhook login`, or look at EVERHOOK_KEY.',
        exitCode,
      },
    ];
  }
}

/** Whether a WebSocket gets through, which proxies may not let pass. */
async function liveFinding(
  everhook: Parameters<Parameters<typeof withEverhook>[1]>[0]['everhook'],
  scope: object,
): Promise<Finding> {
  const check = 'live';
  const connectedOnce = await new Promise<true | string>((resolve) => {
    const timer = setTimeout(() => resolve('no connection in time'), liveTimeoutMs);
    const watch = everhook.deliveries.watch(scope, { onConnection: (up) => up && done(true) });
    const done = (result: true | string) => {
      clearTimeout(timer);
      void watch.return();
      resolve(result);
    };
    watch.ready.catch((error: Error) => done(error.message));
  });
  if (connectedOnce === true) return { check, ok: true, text: 'the WebSocket works' };
  const advice =
    'A proxy may not let WebSockets pass, or the key may not read deliveries: `listen` and `tail` need both.';
  return { check, ok: false, text: connectedOnce, advice };
}

async function versionFindings(url: string): Promise<Finding[]> {
  const own = `CLI ${cliVersion}, SDK ${sdkVersion()}, Node ${process.versions.node}`;
  const way = await wayTo(url);
  const document = await way
    .fetch(addressOf(url, '/v1/openapi.json'), { signal: AbortSignal.timeout(timeoutMs) })
    .then((response) => response.json() as Promise<{ info?: { version?: string } }>)
    .catch(() => null);
  const server = document?.info?.version;
  if (server === undefined) return [{ check: 'versions', ok: true, text: `${own}; the service does not say its own` }];
  const line = (version: string) => version.split('.').slice(0, 2).join('.');
  const ok = line(server) === line(cliVersion);
  const advice = `Install the CLI of the service: npm install --global everhook@${line(server)}`;
  return [{ check: 'versions', ok, text: `${own}, service ${server}`, ...(ok ? {} : { advice }) }];
}

/** `everhook doctor`: what is wrong, and what to do. */
export function doctor(program: Command): void {
  connected(
    program
      .command('doctor')
      .description(
        'reaches the API, PostgreSQL and Temporal behind it, compares clocks and versions: what is wrong, what to do',
      ),
  ).action(async (options: ConnectionOptions) => {
    const { url } = await placeOf(options);
    const findings = [await configFinding(), ...(await serviceFindings(url))];
    if (findings.some(({ check, ok }) => check === 'API' && ok)) {
      findings.push(...(await keyFindings(options)), ...(await versionFindings(url)));
    }
    const wrong = findings.filter(({ ok }) => !ok);
    if (options.json) sayJson({ ok: wrong.length === 0, findings });
    else {
      for (const { check, ok, text, advice } of findings) {
        const mark = ok ? paint('green', 'ok   ') : paint('red', 'wrong');
        say(`${mark}  ${plain(check.padEnd(10))}  ${plain(text)}`);
        if (advice !== undefined) say(`       ${' '.repeat(10)}  ${paint('yellow', plain(advice))}`);
      }
    }
    const [first] = wrong;
    if (first) throw new CliError(`${wrong.length} of ${findings.length} checks found something.`, first.exitCode);
  });
}
