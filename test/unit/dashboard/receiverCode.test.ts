import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as verifiers from '../../../client-sdk/src/verify/index.ts';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { profiles } from '../../../core/profiles/registry.ts';
import { receiverCode, sdkCode } from '../../../dashboard/src/webhook/receivers/code.ts';

const signed = profiles.filter(({ sign }) => sign !== undefined).map(({ name }) => name);

describe('the code that a webhook’s page shows its receivers', () => {
  it('is there for every profile that signs, and for no other', () => {
    expect(Object.keys(receiverCode).sort()).toEqual([...signed].sort());
  });

  it.each(signed)('is that of the documentation, whose tests run it: %s', async (name) => {
    const page = await readFile(
      join(packageRoot, 'docs/profiles', `${name.toLowerCase().replaceAll('_', '-')}.md`),
      'utf8',
    );
    const code = await receiverCode[name]?.();
    const of = (heading: string) =>
      new RegExp(`### ${heading}\\n\\n\`\`\`\\w+\\n([^]*?)\\n\`\`\``).exec(page)?.[1] ?? 'none';
    expect(code).toEqual({ node: of('Node'), python: of('Python'), go: of('Go') });
  });

  it.each(signed)('names a verifier that the SDK has: %s', (name) => {
    const [, verifier = ''] = /import \{ (\w+) \}/.exec(sdkCode(name)) ?? [];
    expect(Object.keys(verifiers)).toContain(verifier);
  });
});
