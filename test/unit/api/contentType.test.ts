import { describe, expect, it } from 'vitest';
import { isJson, isJsonOrPatch } from '../../../server/http/contentType.ts';
import { cpuNow } from '../../support/cpuClock.ts';

describe('Content-Type', () => {
  it.each([
    'application/json',
    'Application/JSON ',
    'application/json;charset=utf-8',
    'application/json ; charset = "UTF-8"',
  ])('is JSON: %s', (header) => {
    expect([isJson(header), isJsonOrPatch(header)]).toEqual([true, true]);
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'application/jsonx',
    'application/json; charset=latin1',
    'application/json, x',
  ])('is not JSON: %s', (header) => {
    expect([isJson(header), isJsonOrPatch(header)]).toEqual([false, false]);
  });

  it('is a merge patch only where one is accepted', () => {
    const header = 'application/merge-patch+json';
    expect([isJson(header), isJsonOrPatch(header)]).toEqual([false, true]);
  });

  it('is parsed in linear time, since callers are not yet authenticated', () => {
    const began = cpuNow();
    for (const header of [`application/json${' '.repeat(200_000)}x`, `application/json;${' '.repeat(200_000)}x`]) {
      expect([isJson(header), isJsonOrPatch(header)]).toEqual([false, false]);
    }
    expect(cpuNow() - began).toBeLessThan(1_000);
  });
});
