/** Tests of the official suite whose answer differs here, and why. */
export interface Deviation {
  readonly reason: string;
  /** All tests of a file, of one of its groups, or a single test. With `only`: only the tests of invalid values. */
  readonly tests: readonly {
    readonly file: string;
    readonly group?: string;
    readonly test?: string;
    readonly only?: 'invalid';
  }[];
}

const everyFormatTest = (format: string) => ({
  file: 'format.json',
  group: `${format} format`,
  test: `invalid ${format} string is only an annotation by default`,
});

/** docs/publish.md has a summary. */
export const deviations: readonly Deviation[] = [
  {
    reason: 'Formats are checked, not only noted: who writes one means it.',
    tests: [
      'email',
      'regex',
      'ipv4',
      'ipv6',
      'hostname',
      'date',
      'date-time',
      'time',
      'json-pointer',
      'relative-json-pointer',
      'uri',
      'uri-reference',
      'uri-template',
      'uuid',
      'duration',
    ].map(everyFormatTest),
  },
  {
    reason: 'Formats of international names and addresses are only noted.',
    tests: ['idn-email', 'idn-hostname', 'iri', 'iri-reference'].map((format) => ({
      file: `optional/format/${format}.json`,
      only: 'invalid',
    })),
  },
  {
    reason: 'An email address is one of those in use: without quotes, at a host that has a name.',
    tests: [
      'a quoted string with a space in the local part is valid',
      'a quoted string with a double dot in the local part is valid',
      'a quoted string with a @ in the local part is valid',
      'an IPv4-address-literal after the @ is valid',
      'an IPv6-address-literal after the @ is valid',
    ].map((test) => ({ file: 'optional/format/email.json', group: 'validation of e-mail addresses', test })),
  },
  {
    reason: 'The format "regex" takes what ECMAScript takes without its "u" mode.',
    tests: [{ file: 'optional/format/ecmascript-regex.json' }],
  },
  {
    reason: 'A schema as a whole is an object; true and false stand inside one.',
    tests: [{ file: 'boolean_schema.json' }],
  },
  {
    reason: 'Nothing is fetched: what a schema refers to is inside it, under its own "$id".',
    tests: [
      { file: 'refRemote.json', group: 'remote HTTP ref with different $id' },
      { file: 'refRemote.json', group: 'remote HTTP ref with different URN $id' },
    ],
  },
  {
    reason: 'Schemas are of draft 2020-12, with all of its vocabularies.',
    tests: [
      { file: 'optional/cross-draft.json' },
      { file: 'optional/format-assertion.json' },
      { file: 'vocabulary.json' },
    ],
  },
];
