import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as verify from '../../../client-sdk/src/verify/index.ts';
import { parseJson } from '../../../core/json/parseJson.ts';
import type { ProfileName } from '../../../core/profiles/profile.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { envelope } from './envelope.ts';

type Verifier = (request: verify.RawRequest, secrets: verify.Secrets) => Promise<{ readonly data: unknown }>;

const verifiers: readonly { name: ProfileName; verifier: Verifier }[] = [
  { name: 'PLANE', verifier: verify.plane },
  { name: 'ONPLANA', verifier: verify.onplana },
  { name: 'PLANE_CONNECTION', verifier: verify.planeConnection },
  { name: 'TASKS', verifier: verify.tasks },
  { name: 'TESTPLANIT', verifier: verify.testplanit },
  { name: 'STANDARD', verifier: verify.standard },
];

const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());

describe.each(verifiers)("the SDK's verifier of $name", ({ name, verifier }) => {
  const profile = profileOf(name);
  const secrets = [profile.secret?.generate(), profile.secret?.generate()] as [string, string];

  const signed = (data: object, live: readonly string[]) => {
    const event = envelope({ eventType: 'issue.create', data: JSON.stringify(data) });
    const body = profile.body(event);
    return { body, headers: signedHeaders(profile, { envelope: event, body, secrets: live, attemptedAt: new Date() }) };
  };

  it('accepts what the profile sends and gives its data, whichever of its secrets signed', async () => {
    await fc.assert(
      fc.asyncProperty(object, fc.constantFrom(...secrets), async (data, secret) => {
        const event = await verifier(signed(data, [secret]), secrets);
        expect(event.data).toEqual(parseJson(JSON.stringify(data)));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a body that was changed anywhere, and what another secret signed', async () => {
    const request = signed({ id: 'task_1', name: 'x' }, [secrets[0]]);
    await expect(verifier(request, profile.secret?.generate() as string)).rejects.toThrow(verify.VerificationError);
    for (let at = 0; at < request.body.length; at++) {
      const body = Buffer.from(request.body);
      body[at] = (body[at] as number) ^ 1;
      await expect(verifier({ ...request, body }, secrets), `byte ${at}`).rejects.toThrow(verify.VerificationError);
    }
  });
});

describe("the SDK's verifier of STANDARD", () => {
  const profile = profileOf('STANDARD');
  const secret = profile.secret?.generate() as string;
  const event = envelope({ eventType: 'issue.create', data: '{}' });
  const body = profile.body(event);
  const signedAt = (attemptedAt: Date) => ({
    body,
    headers: signedHeaders(profile, { envelope: event, body, secrets: [secret], attemptedAt }),
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])(
    'refuses to work with a tolerance of %s, by which no time could be checked',
    async (toleranceSeconds) => {
      const request = signedAt(new Date(Date.now() - 86_400_000));
      await expect(verify.standard(request, secret, { toleranceSeconds })).rejects.toThrow(RangeError);
    },
  );

  it('refuses to work with a clock that tells no time', async () => {
    const now = () => new Date(Number.NaN);
    await expect(verify.standard(signedAt(new Date()), secret, { now })).rejects.toThrow(RangeError);
  });
});
