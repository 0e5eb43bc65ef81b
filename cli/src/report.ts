import { EverhookError } from '@everhook/sdk';
import { CommanderError } from 'commander';
import { CliError, exitCodes } from './exit/codes.ts';
import { plain, plainLines, tell, tellJson } from './terminal/output.ts';

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

/** The code of an error of our own, for programs. */
const codeOf = new Map<number, string>([
  [usage.code, 'USAGE'],
  [credentials.code, 'UNAUTHENTICATED'],
  [notFound.code, 'NOT_FOUND'],
  [unavailable.code, 'UNAVAILABLE'],
  [exitCodes.interrupted.code, 'INTERRUPTED'],
]);

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
    const { message, exitCode, field } = error;
    const code = error.code ?? codeOf.get(exitCode) ?? 'FAILED';
    return { code, message, exitCode, field, advice: error.code && byCode[error.code]?.advice };
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
    tellJson({ error: { ...told, exitCode } });
    return exitCode;
  }
  // Words of the service, of a proxy or of a file may quote what others wrote. Ours may have several lines.
  tell(`error: ${plainLines(told.message)}${told.field === undefined ? '' : ` (${plain(told.field)})`}`);
  if (told.advice !== undefined) tell(told.advice);
  if (told.requestId !== undefined) tell(`Its id in the service's log: ${plain(told.requestId)}`);
  return exitCode;
}
