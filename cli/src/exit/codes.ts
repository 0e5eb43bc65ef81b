/** How the program ends. Scripts rely on these: docs/cli.md lists them. */
export const exitCodes = {
  success: { code: 0, text: 'It worked. Also: `listen` and `tail` that were ended by Ctrl-C.' },
  failure: { code: 1, text: 'It failed: the message says why. Also: `plan --check` found differences.' },
  usage: {
    code: 2,
    text: 'The command is not understood, or lacks something, such as --yes where nobody can be asked.',
  },
  credentials: { code: 3, text: 'Not signed in, or the key may not do this.' },
  notFound: { code: 4, text: 'There is no such thing, or the key may not see it.' },
  unavailable: { code: 5, text: 'The service cannot be reached, or cannot work now. Trying again later may help.' },
  interrupted: { code: 130, text: 'Ended by Ctrl-C before it was done.' },
} as const;

/** An error of this program with what to do, and how it ends. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  /** What is at fault, such as an option or a place in a file. */
  readonly field: string | undefined;

  /** The service's code, where these are its words. */
  readonly code: string | undefined;

  constructor(message: string, exitCode: number = exitCodes.failure.code, field?: string, code?: string) {
    super(message);
    this.exitCode = exitCode;
    this.field = field;
    this.code = code;
  }
}

/** The command is wrong. */
export const usageError = (message: string, field?: string): CliError =>
  new CliError(message, exitCodes.usage.code, field);
