import { GraphQLError } from 'graphql';
import { JsonText } from '../core/answers/answerText.ts';
import { formatDuration, parseDuration } from '../core/ground/duration.ts';
import { builder } from './builder.ts';
import { literalJson } from './jsonLiteral.ts';

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

function parseDateTime(value: unknown): Date {
  const match = typeof value === 'string' ? rfc3339.exec(value) : null;
  if (match) {
    const [, year, month, day] = match;
    const date = new Date(match[0].toUpperCase());
    // Date turns 30 February into a day in March; a calendar day must exist.
    const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
    // An offset may lead out of the four-digit years, and the store reads only those.
    const utcYear = date.getUTCFullYear();
    if (Number(day) >= 1 && Number(day) <= days && utcYear >= 1 && utcYear <= 9_999) return date;
  }
  throw new GraphQLError('Write a time as RFC 3339 with its offset, for example "2026-06-27T09:15:23Z".');
}

builder.scalarType('DateTime', {
  description: 'RFC 3339 with offset, for example `2026-06-27T09:15:23Z`. Answers are UTC with milliseconds.',
  parseValue: parseDateTime,
  serialize: (value) => (value as Date).toISOString(),
});

builder.scalarType('Duration', {
  description: 'ISO 8601 duration of weeks, days, hours, minutes and seconds, for example `PT1M` or `P5D`.',
  parseValue: (value) => {
    const milliseconds = typeof value === 'string' ? parseDuration(value) : null;
    if (milliseconds === null) {
      throw new GraphQLError('Write a duration as ISO 8601 without years and months, for example "PT1M" or "P5D".');
    }
    return milliseconds;
  },
  serialize: (value) => formatDuration(value as number),
});

builder.scalarType('JSON', {
  description: 'Any JSON value. Key order and the text of numbers are kept; integers beyond ±2^53 are refused.',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => literalJson(node, variables),
  serialize: (value) => (value instanceof JsonText ? value : JsonText.of(value)),
});
