import { describe, expect, it } from 'vitest';
import { negotiate } from '../../../server/http/accept.ts';

const strict = 'application/graphql-response+json';
const legacy = 'application/json';

describe('the media type of an answer', () => {
  it.each([
    [undefined, strict],
    ['*/*', strict],
    ['application/*', strict],
    ['application/json', legacy],
    ['application/graphql-response+json', strict],
    ['application/json, application/graphql-response+json', strict],
    ['application/graphql-response+json;q=0.5, application/json', legacy],
    ['application/json; charset=utf-8', legacy],
    ['text/html, application/json;q=0.9, */*;q=0.1', legacy],
    ['text/html', null],
    ['application/json;q=0', null],
  ])('for Accept: %s is %s', (accept, type) => {
    expect(negotiate(accept)).toBe(type);
  });
});
