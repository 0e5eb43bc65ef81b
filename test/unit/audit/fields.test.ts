import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedFields, withoutSecrets } from '../../../core/audit/fields.ts';

describe('fields of the audit log', () => {
  it('hold no credential, by whatever name or form it comes', () => {
    expect(
      withoutSecrets({
        secret: 'x',
        apiToken: 'x',
        password: null,
        key: 7,
        nested: [{ clientSecret: 'x', name: 'kept' }],
        note: 'ehk_0123456789abcdefghij and more',
        link: 'ehp_0123456789abcdefghij',
        signing: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        session: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
        header: 'Bearer 0123456789abcdef',
        lowerCase: 'bearer 0123456789abcdef',
        basic: `Basic ${Buffer.from('ada:pw').toString('base64')}`,
        nobody: `Basic ${Buffer.from(':token').toString('base64')}`,
        latin: `Basic ${Buffer.from('ada:pässwort', 'latin1').toString('base64')}`,
        gone: undefined,
      }),
    ).toEqual({
      secret: '[redacted]',
      apiToken: '[redacted]',
      password: null,
      key: '[redacted]',
      nested: [{ clientSecret: '[redacted]', name: 'kept' }],
      note: '[redacted]',
      link: '[redacted]',
      signing: '[redacted]',
      session: '[redacted]',
      header: '[redacted]',
      lowerCase: '[redacted]',
      basic: '[redacted]',
      nobody: '[redacted]',
      latin: '[redacted]',
    });
  });

  it('hold of a URL what says where it leads', () => {
    const shown = (url: string) => withoutSecrets({ url }).url;
    expect(shown('https://user:pass@receiver.example/hook')).toBe('https://receiver.example/hook');
    expect(shown('https://receiver.example/hook?token=1#part')).toBe('https://receiver.example/hook?…');
    expect(shown('https://receiver.example/hook')).toBe('https://receiver.example/hook');
  });

  it('hold names as they are, also those that begin as a credential does', () => {
    const names = [
      'Basic plan',
      'Basic events',
      'Basic invoices',
      'Basic subscriptions',
      'Basic Oilskins',
      'Basic events of cranes: all',
      'Bearer bonds',
      'Bearer of bad tidings from the quay',
      'Bearer 7',
      'Basically',
      'eyJafjallajökull.example.com',
      'eyJafjalla.volcano.example',
      'eyjafjallajoekull-volcano.example.com',
      'whsec_ and ehk_ are prefixes',
    ];
    for (const name of names) expect(withoutSecrets({ name, category: name })).toEqual({ name, category: name });
  });

  it('keep everything else as it is', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.stringMatching(/^[a-z]{1,6}Count$/),
          fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[a-z ]{0,20}$/)),
        ),
        (fields) => {
          expect(withoutSecrets(fields)).toEqual(fields);
        },
      ),
    );
  });

  it('of a change are those that differ', () => {
    expect(changedFields({ a: 1, b: [1, 2], c: null }, { a: 1, b: [2, 1], c: null })).toEqual({
      before: { b: [1, 2] },
      after: { b: [2, 1] },
    });
  });
});
