import { describe, expect, it } from 'vitest';
import { mutationCost } from '../../../schema/connection.ts';
import { schema } from '../../../schema/schema.ts';

describe('the cost of a mutation', () => {
  it.each(Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => [field.name, field] as const))(
    'bounds how many of %s one operation may contain',
    (_name, { extensions }) => {
      expect(extensions.complexity).toEqual(mutationCost);
    },
  );
});
