// Generates the SDK's types of the profiles' own events from the catalogues' JSON Schemas.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './step.mjs';

const TARGET = join(root, 'client-sdk/src/generated/events');
const GENERATOR = 'client-sdk/src/catalogue/types/generateTypes';

/** Profiles by the prefix of their types. SLACK's receiver is Slack, and STANDARD has no catalogue. */
const profileFiles = {
  Plane: 'plane',
  Onplana: 'onplana',
  PlaneConnection: 'planeConnection',
  Tasks: 'tasks',
  Testplanit: 'testplanit',
};

/** Compiles and loads the profiles' definitions and the generator alone: this runs before the product is compiled. */
async function load() {
  const folder = await mkdtemp(join(tmpdir(), 'everhook catalogues '));
  try {
    const sources = [...Object.values(profileFiles).map((file) => `core/profiles/${file}`), GENERATOR];
    const settings = '--ignoreConfig --noCheck --module nodenext --target es2022 --rewriteRelativeImportExtensions';
    const files = sources.map((source) => `${source}.ts`);
    await run('tsc', [...settings.split(' '), '--rootDir', '.', '--outDir', folder, ...files]);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const loaded = (source) => import(pathToFileURL(join(folder, `${source}.js`)).href);
    const profiles = {};
    for (const [name, file] of Object.entries(profileFiles)) {
      profiles[name] = (await loaded(`core/profiles/${file}`))[file];
    }
    return { profiles, generateTypes: (await loaded(GENERATOR)).generateTypes };
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

/** The types of one profile's events, as `Events`. */
function typesOf(file, { catalogue, testEvent }, generateTypes) {
  const types = [
    ...catalogue,
    { name: testEvent.type, schema: testSchema(testEvent), description: 'Sent by Send Test.' },
  ];
  // Systems grow: members that are not named may come too, but whoever reads one by a name that is not there misspelt it.
  return generateTypes(types, { source: `the catalogue in core/profiles/${file}.ts`, unnamedMembers: 'refused' });
}

export async function generateSdkEvents() {
  const { profiles, generateTypes } = await load();
  await rm(TARGET, { recursive: true, force: true });
  await mkdir(TARGET, { recursive: true });
  const index = [];
  for (const [name, file] of Object.entries(profileFiles)) {
    await writeFile(join(TARGET, `${file}.ts`), await typesOf(file, profiles[name], generateTypes));
    index.push(`export type { Events as ${name}EventData } from './events/${file}.ts';`);
  }
  await writeFile(
    `${TARGET}.ts`,
    `// Generated from the catalogues in core/profiles. Change those instead.\n${index.join('\n')}\n`,
  );
}
