import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plane, VerificationError } from '../../src/verify/index.ts';
import { pythonJson } from '../../src/verify/pythonJson.ts';

const python = (script: string, input: string) => {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`python3 is needed for this test: ${stderr}`);
  return stdout.toString();
};

const numberText = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -30, max: 30 })).map(([m, e]) => `${m}.0e${e}`),
  fc.constantFrom('-0', '-0.0', '0.0', '1E5', '1e+5', '1.50', '1e16', '1e-4', '1e-5', '123456789012345680.0', '5e-324'),
);
const jsonText = fc.letrec<{ value: string; leaf: string; array: string; object: string }>((tie) => ({
  leaf: fc.oneof(
    numberText,
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc
      .string()
      .map((text) => `"${Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`),
    fc.constantFrom('true', 'false', 'null', '"\\/"', '"\\ud800"', '"\u007f"', '"é😀"'),
  ),
  array: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[ ${items.join(' ,\n')}]`),
  object: fc
    .array(fc.tuple(fc.constantFrom('a', 'b', '2', '1', 'é', '__proto__'), tie('value')), { maxLength: 5 })
    .map((members) => `{${members.map(([name, value]) => `"${name}" :\t${value}`).join(',')} }`),
  value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('array'), tie('object')),
})).value;

const rewritten = (text: string) => {
  const bytes = pythonJson(text);
  return bytes && Buffer.from(bytes).toString('latin1');
};

describe('pythonJson', () => {
  it('writes what a real python3 does for any JSON text', () => {
    const texts = fc.sample(jsonText, { numRuns: 3000, seed: 20_261_121 });
    const dumped = JSON.parse(
      python(
        'import json,sys; print(json.dumps([json.dumps(json.loads(t)) for t in json.load(sys.stdin)]))',
        JSON.stringify(texts),
      ),
    ) as string[];
    texts.forEach((text, i) => {
      expect(rewritten(text), text).toBe(dumped[i]);
    });
  });

  it('answers null for what is no JSON, and for what is nested beyond measure', () => {
    for (const text of ['', '{', '{"a":1,}', 'nul', '01', '"\u0001"', '['.repeat(200_000) + ']'.repeat(200_000)]) {
      expect(pythonJson(text)).toBeNull();
    }
  });

  it('answers null exactly for what JSON.parse refuses, whatever character is wrong', () => {
    fc.assert(
      fc.property(
        jsonText,
        fc.nat(),
        fc.constantFrom('', ...'"\\,:{}[]0-.eE+tu \u0000\u00a0\ufeff'),
        (text, position, wrong) => {
          const at = position % text.length;
          const altered = text.slice(0, at) + wrong + text.slice(at + 1);
          let isJson = true;
          try {
            JSON.parse(altered);
          } catch {
            isJson = false;
          }
          expect(pythonJson(altered) !== null, altered).toBe(isJson);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('answers null for what is longer than an event', () => {
    expect(pythonJson(`["${'a'.repeat(1.25 * 1024 * 1024)}"]`)).toBeNull();
  });

  it.each(['0,', '{},', '{"":0,"":0},', '"\\n",', '1.5,'])(
    'takes little more memory than a text that is all %s',
    async (piece) => {
      const module = new URL('../../dist/verify/pythonJson.js', import.meta.url).href;
      const text = `[${piece.repeat(1_200_000 / piece.length)}0]`;
      const worker = new Worker(
        `import(${JSON.stringify(module)}).then(({ pythonJson }) =>
           require('node:worker_threads').parentPort.postMessage(pythonJson(require('node:worker_threads').workerData) !== null))`,
        { eval: true, workerData: text, resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } },
      );
      // Where its memory is not enough, it ends with an error.
      expect(await once(worker, 'message')).toEqual([true]);
      await worker.terminate();
    },
  );
});

describe('plane', () => {
  const secret = 'plane-secret';
  const event = {
    event: 'issue',
    action: 'update',
    webhook_id: 'w',
    workspace_id: 'o',
    data: { name: 'Prüfung 😀', sort: 1e-7 },
  };
  const dumped = python('import json,sys; sys.stdout.write(json.dumps(json.load(sys.stdin)))', JSON.stringify(event));
  const request = (body: string) => ({
    headers: {
      'X-Plane-Delivery': 'd-1',
      'X-Plane-Signature': createHmac('sha256', secret).update(dumped).digest('hex'),
    },
    body,
  });

  it('accepts Python’s bytes, and the same body parsed and serialized again', async () => {
    const expected = { ...event, delivery_id: 'd-1' };
    expect(await plane(request(dumped), secret)).toEqual(expected);
    expect(await plane(request(JSON.stringify(event)), secret)).toEqual(expected);
    expect(await plane(request(JSON.stringify(event, null, 2)), secret)).toEqual(expected);
  });

  it('refuses a body that says something else, or nothing', async () => {
    for (const body of [JSON.stringify({ ...event, action: 'delete' }), '', '{}', '['.repeat(200_000)]) {
      await expect(plane(request(body), secret)).rejects.toMatchObject({ reason: 'wrong_signature' });
    }
  });

  it('requires the delivery’s id, on which receivers deduplicate', async () => {
    const { headers, body } = request(dumped);
    const { 'X-Plane-Delivery': _, ...rest } = headers;
    await expect(plane({ headers: rest, body }, secret)).rejects.toBeInstanceOf(VerificationError);
  });
});
