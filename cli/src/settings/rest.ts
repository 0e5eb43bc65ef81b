import { CliError, exitCodes } from '../exit/codes.ts';
import type { Place } from './connection.ts';
import { wayTo } from './network.ts';

interface Problem {
  readonly detail?: string;
  readonly field?: string;
  readonly code?: string;
}

interface RestCall {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const timeoutMs = 30_000;

const exitCodeOf = (status: number): number => {
  if (status === 401 || status === 403) return exitCodes.credentials.code;
  if (status === 404) return exitCodes.notFound.code;
  return status === 429 || status >= 502 ? exitCodes.unavailable.code : exitCodes.failure.code;
};

/** An address of the service besides GraphQL's. */
export const addressOf = (url: string, path: string): URL => new URL(`${url.replace(/\/(graphql\/?)?$/, '')}${path}`);

function problemIn(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return {};
  }
}

/**
 * Calls the REST API, where its texts matter: the SDK takes and gives values, of which JavaScript has already changed the text.
 *
 * @returns the text of the answer
 * @throws CliError with the service's own words and the field at fault
 */
export async function callRest({ url, key, scope }: Place, path: string, call: RestCall = {}): Promise<string> {
  const target = addressOf(url, path);
  for (const [name, value] of Object.entries(scope)) target.searchParams.set(name, value);
  let response: Response;
  let text: string;
  const way = await wayTo(target);
  try {
    const headers = { ...call.headers, authorization: `Bearer ${key}` };
    const signal = AbortSignal.timeout(timeoutMs);
    response = await way.fetch(target, { ...call, headers, signal, redirect: 'error' });
    text = await response.text();
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
    throw new CliError(
      `${target.origin} cannot be reached: ${why}. \`everhook doctor\` says how far it gets.`,
      exitCodes.unavailable.code,
    );
  }
  if (response.ok) return text;
  const { detail, field, code } = problemIn(text);
  throw new CliError(
    detail ?? `${target.origin} answered ${response.status}, and not as Everhook does: look at EVERHOOK_URL.`,
    exitCodeOf(response.status),
    field,
    code,
  );
}
