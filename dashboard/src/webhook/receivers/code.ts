import type { Profile } from '@everhook/sdk';
import type { ReceiverCode } from './receiverCode.ts';

type Load = () => Promise<ReceiverCode>;

const byHexDigest =
  (header: string, prefix?: string): Load =>
  async () =>
    (await import('./hexDigest.ts')).hexDigest(header, prefix);

/** By profile: those that sign. */
export const receiverCode: Readonly<Partial<Record<Profile, Load>>> = {
  STANDARD: async () => (await import('./standard.ts')).default,
  ONPLANA: byHexDigest('X-Onplana-Signature'),
  PLANE: byHexDigest('X-Plane-Signature'),
  PLANE_CONNECTION: byHexDigest('X-PlaneConnection-Signature'),
  TASKS: byHexDigest('X-Webhook-Signature', 'sha256='),
  TESTPLANIT: async () => (await import('./testplanit.ts')).default,
};

/** The SDK's verifier of each profile. */
const verifiers: Readonly<Partial<Record<Profile, string>>> = {
  STANDARD: 'standard',
  ONPLANA: 'onplana',
  PLANE: 'plane',
  PLANE_CONNECTION: 'planeConnection',
  TASKS: 'tasks',
  TESTPLANIT: 'testplanit',
};

/** The same with the SDK. */
export const sdkCode = (profile: Profile): string => `import { ${verifiers[profile]} } from '@everhook/sdk/verify';

// Throws a VerificationError where the signature does not fit.
const event = await ${verifiers[profile]}({ headers: request.headers, body: rawBody }, process.env.WEBHOOK_SECRET);`;
