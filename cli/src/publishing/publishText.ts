import { randomUUID } from 'node:crypto';
import { CliError, exitCodes } from '../exit/codes.ts';
import type { Place } from '../settings/connection.ts';

export interface PublishedText {
  readonly id: string;
  readonly type: string;
}

interface Problem {
  readonly detail?: string;
  readonly field?: string;
  readonly code?: string;
}

const timeoutMs = 30_000;

const exitCodeOf = (status: number): number => {
  if (status === 401 || status === 403) return exitCodes.credentials.code;
  if (status === 404) return exitCodes.notFound.code;
  return status === 429 || status >= 502 ? exitCodes.unavailable.code : exitCodes.failure.code;
};

/**
 * Publishes an event whose data is given as JSON text, and stays so to the last digit. The SDK takes values, of which JavaScript
 * has already changed the text.
 */
export async function publishText(
  { url, key, scope }: Place,
  { type, data, labels }: { readonly type: string; readonly data: string; readonly labels: object | undefined },
): Promise<PublishedText> {
  const target = new URL(`${url.replace(/\/(graphql\/?)?$/, '')}/v1/events`);
  for (const [name, value] of Object.entries(scope)) target.searchParams.set(name, value);
  const others = labels === undefined ? '' : `,"labels":${JSON.stringify(labels)}`;
  let response: Response;
  try {
    response = await fetch(target, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: `{"type":${JSON.stringify(type)},"data":${data}${others}}`,
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
    throw new CliError(
      `${target.origin} cannot be reached: ${why}. \`everhook doctor\` says how far it gets.`,
      exitCodes.unavailable.code,
    );
  }
  const answer = (await response.json().catch(() => ({}))) as Problem & { events?: PublishedText[] };
  const [event] = answer.events ?? [];
  if (response.ok && event) return event;
  throw new CliError(
    answer.detail ?? `${target.origin} answered ${response.status}, and not as Everhook does: look at EVERHOOK_URL.`,
    exitCodeOf(response.status),
    answer.field,
  );
}
