import type { CodegenConfig } from '@graphql-codegen/cli';

/** The SDK's operations and their types, from the printed schema alone. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: 'client-sdk/operations/*.graphql',
  silent: true,
  generates: {
    'client-sdk/src/generated/operations.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        documentMode: 'string',
        pureMagicComment: true,
        useTypeImports: true,
        immutableTypes: true,
        skipTypename: true,
        arrayInputCoercion: false,
        scalars: {
          ID: 'string',
          DateTime: { input: '../times.ts#TimeInput', output: '../times.ts#DateTime' },
          Duration: { input: '../times.ts#DurationInput', output: '../times.ts#Duration' },
          JSON: 'unknown',
        },
        inputMaybeValue: 'T | null | undefined',
      },
    },
  },
};

export default config;
