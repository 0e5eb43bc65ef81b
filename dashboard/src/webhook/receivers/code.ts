import type { Profile } from '@everhook/sdk';
import type { ReceiverCode } from './receiverCode.ts';

type Load = () => Promise<{ readonly default: ReceiverCode }>;

/** By profile: those that sign. */
export const receiverCode: Readonly<Partial<Record<Profile, Load>>> = {
  STANDARD: () => import('./standard.ts'),
  ONPLANA: () => import('./onplana.ts'),
  PLANE: () => import('./plane.ts'),
  PLANE_CONNECTION: () => import('./planeConnection.ts'),
  TASKS: () => import('./tasks.ts'),
  TESTPLANIT: () => import('./testplanit.ts'),
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
