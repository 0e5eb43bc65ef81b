// What the printed schema is held to: the rules of graphql-eslint for schemas and of Relay, and no break that is not known.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import graphqlEslint from '@graphql-eslint/eslint-plugin';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { ESLint } from 'eslint';
import { buildSchema } from 'graphql';
import { root } from './step.mjs';

const file = 'schema/schema.graphql';

const rules = {
  'require-description': [
    'error',
    {
      types: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
      DirectiveDefinition: true,
    },
  ],
  'naming-convention': [
    'error',
    {
      types: 'PascalCase',
      FieldDefinition: 'camelCase',
      InputValueDefinition: 'camelCase',
      Argument: 'camelCase',
      DirectiveDefinition: 'camelCase',
      EnumValueDefinition: 'UPPER_CASE',
      'FieldDefinition[parent.name.value=Query]': { forbiddenPrefixes: ['query', 'get'], forbiddenSuffixes: ['Query'] },
      'FieldDefinition[parent.name.value=Mutation]': {
        forbiddenPrefixes: ['mutation'],
        forbiddenSuffixes: ['Mutation'],
      },
      'FieldDefinition[parent.name.value=Subscription]': {
        forbiddenPrefixes: ['subscription'],
        forbiddenSuffixes: ['Subscription'],
      },
    },
  ],
  'description-style': ['error', { style: 'block' }],
  'input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
  'no-duplicate-fields': 'error',
  'no-hashtag-description': 'error',
  'no-typename-prefix': 'error',
  'no-unreachable-types': 'error',
  'require-deprecation-reason': 'error',
  'unique-enum-value-names': 'error',
  'relay-arguments': ['error', { includeBoth: true }],
  'relay-connection-types': 'error',
  'relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
  'relay-page-info': 'error',
};

/** @returns what the rules find in the printed schema */
export async function schemaProblems() {
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphql'],
        languageOptions: { parser: graphqlEslint.parser, parserOptions: { graphQLConfig: { schema: file } } },
        plugins: { '@graphql-eslint': graphqlEslint },
        rules: Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`@graphql-eslint/${name}`, rule])),
      },
    ],
  });
  const results = await eslint.lintFiles([file]);
  return results.flatMap(({ messages }) =>
    messages.map(({ line, message, ruleId }) => `${file}:${line} ${message} (${ruleId ?? 'parser'})`),
  );
}

/** The release that the schema is compared with, and the breaks since then that are wanted: one a line. */
const release = '0.1.0';
const accepted = `test/fixtures/${release}/breaks.txt`;

/** @returns breaks for clients of the release that nobody has accepted or told; and those accepted that are none any more */
export async function breakingChanges() {
  const text = (path) => readFile(join(root, path), 'utf8');
  const [before, now, list, changelog] = await Promise.all([
    text(`test/fixtures/${release}/schema.graphql`),
    text(file),
    text(accepted),
    text('CHANGELOG.md'),
  ]);
  const changes = await diff(buildSchema(before), buildSchema(now));
  const breaks = changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ path, message }) => `${path}: ${message}`);
  const known = list.split('\n').filter((line) => line !== '');
  /** What users look for: the field of `Mutation.retryDelivery.id`, or a type that is gone. */
  const told = (line) => changelog.includes(line.split(': ')[0].split('.')[1] ?? line.split(': ')[0]);
  return [
    ...breaks.filter((each) => !known.includes(each)).map((each) => `if it must be, add it to ${accepted}: ${each}`),
    ...known.filter((each) => !breaks.includes(each)).map((each) => `take it out of ${accepted}: ${each}`),
    ...breaks.filter((each) => !told(each)).map((each) => `tell in CHANGELOG.md how to move: ${each}`),
  ];
}
