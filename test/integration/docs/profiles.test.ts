import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import type { ProfileDefinition, ProfileName } from '../../../core/profiles/profile.ts';
import { profileOf, profiles } from '../../../core/profiles/registry.ts';
import { envelope } from '../../unit/profiles/envelope.ts';
import { factsOf } from './facts.ts';

const pages = {
  STANDARD: 'standard',
  PLANE: 'plane',
  ONPLANA: 'onplana',
  PLANE_CONNECTION: 'plane-connection',
  TASKS: 'tasks',
  TESTPLANIT: 'testplanit',
  SLACK: 'slack',
} as const satisfies Record<ProfileName, string>;

const signing = profiles.filter(({ secret }) => secret !== null);

/** A request, and whether its receiver should accept it. */
interface Case {
  readonly profile: string;
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly secret: string;
  readonly genuine: boolean;
}

const awkward = '{"id":"é😀\\u007f","name":"\\/","n":[1.0,1E5,-0.0,1e-7],"o":{ "a":null }}';

/** Requests as the profile signs them, and as somebody changed them on their way. */
function casesOf(profile: ProfileDefinition): Case[] {
  const generate = () => profile.secret?.generate() as string;
  const [secret, retiring] = [generate(), generate()];
  const sent = envelope({ eventType: 'task.updated', data: awkward, previous: '{}' });
  const body = profile.body(sent);
  const signed = (secrets: string[], attemptedAt = new Date()) =>
    signedHeaders(profile, { envelope: sent, body, secrets, attemptedAt });
  const signature = Object.keys(signed([secret])).find((name) => /signature/i.test(name)) as string;
  const make = (what: string, genuine: boolean, changes: Partial<Case> = {}): Case => ({
    profile: pages[profile.name],
    what,
    headers: signed([secret]),
    body: body.toString(),
    secret,
    genuine,
    ...changes,
  });
  const withSignature = (value: string) => ({ headers: { ...signed([secret]), [signature]: value } });
  const given = signed([secret])[signature] as string;
  const cases = [
    make('as it was sent', true),
    make('with its body changed', false, { body: body.toString().replace('"name"', '"nome"') }),
    make('signed with another secret', false, { secret: retiring }),
    make(
      'with its signature changed',
      false,
      withSignature(given.replace(/.(?==*$)/, (last) => (last === 'A' ? 'B' : 'A'))),
    ),
    make('with its signature cut', false, withSignature(given.slice(0, -3))),
    make('with letters for a signature', false, withSignature('é'.repeat(given.length))),
    make('without a signature', false, withSignature('')),
  ];
  if (profile.rotation === 'TWO_SECRETS') {
    cases.push(make('while its secret retires', true, { headers: signed([retiring, secret]) }));
  }
  if (profile.name === 'STANDARD') {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    cases.push(make('that was kept for ten minutes', false, { headers: signed([secret], minutesAgo(10)) }));
    cases.push(make('that is four minutes old', true, { headers: signed([secret], minutesAgo(4)) }));
  }
  return cases;
}

/** Runs a program on the cases; it prints one line of JSON, a list of verdicts. */
function verdictsOf(program: string, args: string[], cwd: string, cases: readonly Case[]): Promise<boolean[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' } });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    child.once('error', (error) =>
      reject(new Error(`${program} is needed to run the pages' examples: ${error.message}`)),
    );
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output.stdout));
      else reject(new Error(`${program} ended with code ${code}:\n${output.stderr}`));
    });
    child.stdin.end(JSON.stringify(cases));
  });
}

const runPython = `
import base64, email.message, importlib, json, sys

verdicts = []
for case in json.load(sys.stdin):
    headers = email.message.Message()
    for name, value in case["headers"].items():
        headers[name] = value
    verify = importlib.import_module(case["profile"].replace("-", "_")).verify
    verdicts.append(verify(headers, case["body"].encode(), case["secret"]))
print(json.dumps(verdicts))
`;

import { signedHeaders } from '../../../core/profiles/signed.ts';

const runGo = (names: readonly string[]) => `package main

import (
	"encoding/json"
	"net/http"
	"os"
${names.map((name) => `\t${name.replace('-', '')} "pages/${name}"`).join('\n')}
)

type request struct {
	Profile, Body, Secret string
	Headers               map[string]string
}

var verifiers = map[string]func(http.Header, []byte, string) bool{
${names.map((name) => `\t"${name}": ${name.replace('-', '')}.Verify,`).join('\n')}
}

func main() {
	var cases []request
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	verdicts := []bool{}
	for _, each := range cases {
		header := http.Header{}
		for name, value := range each.Headers {
			header.Set(name, value)
		}
		verdicts = append(verdicts, verifiers[each.Profile](header, []byte(each.Body), each.Secret))
	}
	json.NewEncoder(os.Stdout).Encode(verdicts)
}
`;

describe('the profiles’ pages', () => {
  const texts = new Map<string, string>();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook pages '));
    for (const name of [...Object.values(pages), 'README']) {
      texts.set(name, await readFile(join(packageRoot, 'docs/profiles', `${name}.md`), 'utf8'));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const pageOf = (name: ProfileName) => texts.get(pages[name]) as string;

  /** The page's only block of code in a language. */
  function blockOf(name: ProfileName, language: string): string {
    const blocks = [...pageOf(name).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))];
    expect(blocks, `${language} on the page of ${name}`).toHaveLength(1);
    return blocks[0]?.[1] as string;
  }

  const cases = signing.flatMap(casesOf);
  const told = (verdicts: readonly unknown[]) =>
    cases.map(({ profile, what }, index) => `${profile} ${what}: ${verdicts[index]}`);
  const wanted = told(cases.map(({ genuine }) => genuine));

  it('verify in Node what we sign, and refuse what was changed', async () => {
    const modules = new Map<string, (headers: object, rawBody: Buffer, secret: string) => boolean>();
    for (const { name } of signing) {
      const file = join(folder, `${pages[name]}.mjs`);
      await writeFile(file, blockOf(name, 'js'));
      modules.set(pages[name], (await import(pathToFileURL(file).href)).verify);
    }
    const verdicts = cases.map(({ profile, headers, body, secret }) => {
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      return modules.get(profile)?.(lower, Buffer.from(body), secret);
    });
    expect(told(verdicts)).toEqual(wanted);
  });

  it('verify in Python what we sign, and refuse what was changed', async () => {
    for (const { name } of signing) {
      await writeFile(join(folder, `${pages[name].replace('-', '_')}.py`), blockOf(name, 'python'));
    }
    await writeFile(join(folder, 'run.py'), runPython);
    expect(told(await verdictsOf('python3', ['run.py'], folder, cases))).toEqual(wanted);
  });

  it('verify in Go what we sign, and refuse what was changed', { timeout: 300_000 }, async () => {
    const names = signing.map(({ name }) => pages[name]);
    for (const { name } of signing) {
      await mkdir(join(folder, pages[name]));
      await writeFile(join(folder, pages[name], 'webhook.go'), blockOf(name, 'go'));
    }
    await writeFile(join(folder, 'go.mod'), 'module pages\n\ngo 1.21\n');
    await writeFile(join(folder, 'main.go'), runGo(names));
    // Go compiles its own library first where it has not yet, in which time what is signed would grow old.
    await verdictsOf('go', ['run', '.'], folder, []);
    expect(told(await verdictsOf('go', ['run', '.'], folder, signing.flatMap(casesOf)))).toEqual(wanted);
  });

  it.each(profiles)('show a body of $name that is ours to the last member, and its headers', (profile) => {
    const shown = JSON.parse(blockOf(profile.name, 'json'));
    const page = pageOf(profile.name);
    const eventType = /^## Body\n\n`([\w.]+)`/m.exec(page)?.[1] as string;
    const [id, event] = [
      '019a5b2e-7c1d-7e52-9f3a-5d2f0c8b6a11',
      { eventType, occurredAt: new Date('2026-06-27T09:15:23.482Z') },
    ];
    if (profile.name === 'SLACK') expect(shown.blocks[0].type).toBe('header');
    else {
      const { diff, ...data } = shown.data;
      const before = Object.fromEntries(
        Object.entries(diff ?? {}).map(([field, side]) => [field, (side as { before: unknown }).before]),
      );
      const body = profile.body(
        envelope({
          ...event,
          deliveryId: id,
          organizationId: shown.organization_id ?? shown.workspace_id,
          projectId: shown.project_id ?? null,
          webhookId: shown.webhook_id,
          data: JSON.stringify(data),
          previous: diff ? JSON.stringify({ ...data, ...before }) : null,
        }),
      );
      expect(shown).toEqual(JSON.parse(body.toString()));
    }
    const headers = [...(/^## Headers\n.*?^## /ms.exec(page)?.[0].matchAll(/^\| `([\w-]+)`/gm) ?? [])].map(([, name]) =>
      name?.toLowerCase(),
    );
    expect(headers).toEqual(profile.ownedHeaders);
  });

  it.each(profiles)('tell of $name what the profile declares', (profile) => {
    const rows = /^## Schedule and limits\n\n(.*?)\n\n/ms.exec(pageOf(profile.name))?.[1]?.split('\n').slice(2);
    expect(rows).toEqual(factsOf(profile).map(([fact, value]) => `| ${fact} | ${value} |`));
    const types = [...(pageOf(profile.name).split('## Events')[1] ?? '').matchAll(/^\| `([\w.]+)` \| (.*) \|$/gm)];
    expect(types.map(([, name, description]) => [name, description])).toEqual(
      profile.catalogue.map(({ name, description }) => [name, description]),
    );
  });

  it('are all listed by the index, which tells their success rule and schedule', () => {
    for (const { name } of profiles) {
      const facts = new Map(factsOf(profileOf(name)));
      const line = (texts.get('README') as string)
        .split('\n')
        .find((each) => each.includes(`[${name}](${pages[name]}.md)`));
      expect(line).toContain(`| ${facts.get('success')} | ${facts.get('retries after a failure')} |`);
    }
  });
});
