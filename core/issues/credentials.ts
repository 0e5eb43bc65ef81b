import { invalid } from '../ground/errors.ts';
import type { TrackerName } from './provider.ts';
import type { Credentials } from './trackers/registry.ts';

/** Credentials as users give them. */
export interface CredentialsInput {
  readonly email?: string | null | undefined;
  readonly token: string;
}

const maxTokenLength = 4_096;
const printable = /^[\x21-\x7e]+$/;
const field = 'input.credentials';

/** @throws ApiError VALIDATION_FAILED, which never repeats the credentials */
export function requireCredentials(provider: TrackerName, input: CredentialsInput | null | undefined): Credentials {
  if (input == null) throw invalid(field, 'Give the credentials for the tracker’s API.');
  const { email = null, token } = input;
  if (token.length > maxTokenLength || !printable.test(token)) {
    throw invalid(`${field}.token`, `A token has 1 to ${maxTokenLength} printable characters and no spaces.`);
  }
  if (provider !== 'JIRA') {
    if (email !== null) throw invalid(`${field}.email`, 'Only Jira Cloud takes an e-mail address: leave it out.');
    return { token };
  }
  if (email !== null && (email.length > 320 || !/^[\x21-\x39\x3b-\x7e]+@[\x21-\x39\x3b-\x7e]+$/.test(email))) {
    throw invalid(`${field}.email`, 'This is not an e-mail address: give that of the Jira account.');
  }
  return { email, token };
}

/** In characters. */
const maxUserName = 256;
const maxPassword = 1_024;
const userName = new RegExp(`^[^:\\p{Cc}]{1,${maxUserName}}$`, 'u');
const password = new RegExp(`^[^\\p{Cc}]{12,${maxPassword}}$`, 'u');

/** The longest credentials that are accepted, in bytes of UTF-8: whoever reads them from a request takes as many. */
export const maxBasicBytes = 4 * maxUserName + 1 + 4 * maxPassword;

/** The credentials that Azure DevOps must send. @returns `<username>:<password>` */
export function requireBasicCredentials(name: string | null | undefined, secret: string | null | undefined): string {
  if (!name || !userName.test(name)) {
    throw invalid('input.username', 'Give the user name that the service hook sends: 1 to 256 characters, no colon.');
  }
  if (!secret || !password.test(secret)) {
    throw invalid('input.password', 'Give the password that the service hook sends: 12 to 1,024 characters.');
  }
  return `${name}:${secret}`;
}
