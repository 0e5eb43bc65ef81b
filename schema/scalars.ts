import { GraphQLError } from 'graphql';
import { JsonText } from '../core/answers/answerText.ts';
import { dateTimeHint, readDateTime } from '../core/ground/dateTime.ts';
import { formatDuration, parseDuration } from '../core/ground/duration.ts';
import { builder } from './builder.ts';
import { literalJson } from './jsonLiteral.ts';

function parseDateTime(value: unknown): Date {
  const date = typeof value === 'string' ? readDateTime(value) : null;
  if (date) return date;
  throw new GraphQLError(dateTimeHint);
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
