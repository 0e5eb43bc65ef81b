import { EverhookError } from '@everhook/sdk';
import { CommanderError } from 'commander';
import { CliError, exitCodes } from './exit/codes.ts';
import { tell } from './terminal/output.ts';

const { failure, credentials, notFound, unavailable, usage } = exitCodes;

/** What the API's codes mean for a program's end, and what to do. */
const byCode: Readonly<Record<string, { readonly exitCode: number; readonly advice?: string }>> = {
  VALIDATION_FAILED: { exitCode: failure.code },
  NOT_FOUND: { exitCode: notFound.code },
  FORBIDDEN: {
    exitCode: credentials.code,
    advice: 'Ask an owner for a key that may do this, or use another context.',
  },
  UNAUTHENTICATED: {
    exitCode: credentials.code,
    advice: 'Run `everhook login`, or set EVERHOOK_KEY to a key that is valid.',
  },
  RATE_LIMITED: { exitCode: unavailable.code, advice: 'Wait a little, then try again.' },
  UNAVAILABLE: {
    exitCode: unavailable.code,
    advice: 'Try again in a moment. `everhook doctor` says which part is away.',
  },
  NETWORK: { exitCode: unavailable.code, advice: '`everhook doctor` says how far it gets.' },
  TIMEOUT: { exitCode: unavailable.code, advice: '`everhook doctor` says how far it gets.' },
};

interface Report {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  readonly field?: string | undefined;
  readonly advice?: string | undefined;
  readonly requestId?: string | undefined;
}

function reportOf(error: unknown): Report {
  if (error instanceof CliError) {
    const code = error.exitCode === usage.code ? 'USAGE' : 'FAILED';
    return { code, message: error.message, exitCode: error.exitCode, field: error.field };
  }
  if (error instanceof CommanderError) {
    return { code: 'USAGE', message: error.message.replace(/^error: /, ''), exitCode: usage.code };
  }
  if (error instanceof EverhookError) {
    const { exitCode, advice } = byCode[error.code] ?? { exitCode: failure.code, advice: undefined };
    const { code, message, field, requestId } = error;
    return { code, message, exitCode, field, advice, requestId };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'FAILED', message, exitCode: failure.code };
}

/**
 * Says what went wrong on stderr: for people, or as one line of JSON.
 *
 * @returns how the program ends
 */
export function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && (error.exitCode === 0 || !json)) return error.exitCode === 0 ? 0 : usage.code;
  const { exitCode, ...told } = reportOf(error);
  if (json) {
    tell(JSON.stringify({ error: { ...told, exitCode } }));
    return exitCode;
  }
  tell(`error: ${told.message}${told.field === undefined ? '' : ` (${told.field})`}`);
  if (told.advice !== undefined) tell(told.advice);
  if (told.requestId !== undefined) tell(`Its id in the service's log: ${told.requestId}`);
  return exitCode;
}
