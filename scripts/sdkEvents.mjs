// Generates the SDK's types of the profiles' own events from the catalogues' JSON Schemas.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { root, run } from './step.mjs';

const TARGET = join(root, 'client-sdk/src/generated/events.ts');

/** Profiles by the prefix of their types. SLACK's receiver is Slack, and STANDARD has no catalogue. */
const profileFiles = {
  Plane: 'plane',
  Onplana: 'onplana',
  PlaneConnection: 'planeConnection',
  Tasks: 'tasks',
  Testplanit: 'testplanit',
};

/** Compiles and loads the profiles' definitions alone: this runs before the product is compiled. */
async function loadProfiles() {
  const folder = await mkdtemp(join(tmpdir(), 'everhook catalogues '));
  try {
    const sources = Object.values(profileFiles).map((file) => `core/profiles/${file}.ts`);
    const settings = '--ignoreConfig --noCheck --module nodenext --target es2022 --rewriteRelativeImportExtensions';
    await run('tsc', [...settings.split(' '), '--rootDir', '.', '--outDir', folder, ...sources]);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const loaded = {};
    for (const [name, file] of Object.entries(profileFiles)) {
      const module = await import(pathToFileURL(join(folder, 'core/profiles', `${file}.js`)).href);
      loaded[name] = module[file];
    }
    return loaded;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The schema of a profile's own test event. */
const testSchema = ({ data }) => ({
  type: 'object',
  properties: Object.fromEntries(Object.keys(JSON.parse(data)).map((member) => [member, { type: 'string' }])),
  required: Object.keys(JSON.parse(data)),
});

/** One interface for each profile: its event names, each with the type of its `data`. */
function typesOf(name, { catalogue, testEvent }) {
  const schemas = [
    ...catalogue.map((entry) => [entry.name, { ...entry.schema, description: entry.description }]),
    [testEvent.type, { ...testSchema(testEvent), description: 'Sent by Send Test.' }],
  ];
  const whole = {
    type: 'object',
    description: 'By the name of its event, what `data` says. Systems grow: members that are not named may come too.',
    properties: Object.fromEntries(schemas),
    required: schemas.map(([event]) => event),
  };
  return compile(whole, `${name}EventData`, {
    bannerComment: '',
    additionalProperties: false,
    style: { singleQuote: true, printWidth: 120 },
  });
}

export async function generateSdkEvents() {
  const profiles = await loadProfiles();
  const types = [];
  for (const [name, profile] of Object.entries(profiles)) types.push(await typesOf(name, profile));
  await mkdir(dirname(TARGET), { recursive: true });
  await writeFile(
    TARGET,
    `// Generated from the catalogues in core/profiles. Change those instead.\n\n${types.join('\n')}`,
  );
}
