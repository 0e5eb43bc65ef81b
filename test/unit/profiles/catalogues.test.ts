import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../../core/profiles/registry.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { envelope } from './envelope.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);

// SLACK shows TestPlanIt's events.
const entries = profiles
  .filter(({ name }) => name !== 'SLACK')
  .flatMap(({ name: profile, catalogue }) => catalogue.map((type) => ({ profile, ...type })));

describe('catalogue', () => {
  it.each(entries)(
    '$profile $name has an example that its schema accepts, and refuses one without its members',
    ({ schema, example, ...type }) => {
      const validate = ajv.compile(schema);
      expect(validate(example), ajv.errorsText(validate.errors)).toBe(true);
      expect(validate({})).toBe(false);
      expect(type.name).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/);
      expect(type.category).not.toBe('');
      expect(type.description).toMatch(/\.$/);
    },
  );

  it.each([
    { profile: 'TASKS', name: 'task.assigned', member: 'assignee_id' },
    { profile: 'ONPLANA', name: 'task.assigned', member: 'assignee' },
    { profile: 'ONPLANA', name: 'task.completed', member: 'completed_at' },
  ])('$profile $name needs the $member that makes it that event', ({ profile, name, member }) => {
    const { schema, example } = entries.find(
      (type) => type.profile === profile && type.name === name,
    ) as (typeof entries)[0];
    expect(ajv.validate(schema, { ...example, [member]: null })).toBe(false);
  });

  const across = (subjects: string[], verbs: string[]) =>
    subjects.flatMap((subject) => verbs.map((verb) => `${subject}.${verb}`));
  const testplanit = across(
    ['test_run', 'session', 'case', 'issue'],
    ['created', 'updated', 'deleted', 'state_changed', 'completed', 'duplicated', 'result_added'],
  );
  const names: Record<string, string[]> = {
    STANDARD: [],
    PLANE: [
      ...across(['project', 'cycle', 'module', 'issue'], ['create', 'update', 'delete']),
      'cycle_issue.create',
      'module_issue.create',
      ...across(['issue_comment'], ['create', 'update', 'delete']),
    ],
    PLANE_CONNECTION: [
      ...across(['trip'], ['created', 'updated', 'completed', 'cancelled']),
      ...across(['safety_report'], ['submitted', 'updated', 'closed']),
      ...across(['invoice'], ['created', 'paid', 'overdue']),
    ],
    TASKS: [
      ...across(['task'], ['created', 'updated', 'completed', 'deleted', 'assigned']),
      ...across(['project'], ['created', 'updated', 'archived', 'deleted']),
      ...across(['comment'], ['created', 'updated', 'deleted']),
      ...across(['user'], ['added', 'removed', 'role_changed']),
    ],
    TESTPLANIT: testplanit,
    SLACK: testplanit,
    ONPLANA: [
      ...['created', 'updated', 'archived', 'deleted', 'status_changed'].map((verb) => `project.${verb}`),
      ...['created', 'updated', 'completed', 'deleted', 'assigned', 'unassigned'].map((verb) => `task.${verb}`),
      ...['created', 'updated', 'completed'].map((verb) => `milestone.${verb}`),
      'comment.added',
      ...['invited', 'activated', 'deactivated', 'role_changed'].map((verb) => `member.${verb}`),
    ],
  };

  it.each(profiles)('of $name has the events of its contract, each once', ({ name, catalogue }) => {
    expect(catalogue.map((type) => type.name)).toEqual(names[name]);
  });
});

describe('profile', () => {
  it.each(profiles)('$name owns the headers that it sends, by their lower-case names', (profile) => {
    const { type: eventType, data, occurredAt } = profile.testEvent;
    const sent = envelope({ eventType, data, occurredAt });
    const secrets = profile.secret ? [profile.secret.generate()] : [];
    const headers = signedHeaders(profile, {
      envelope: sent,
      body: profile.body(sent),
      secrets,
      attemptedAt: new Date(),
    });
    expect(Object.keys(headers).map((header) => header.toLowerCase())).toEqual([...profile.ownedHeaders]);
  });

  it.each(profiles.filter(({ secret }) => secret !== null))(
    '$name makes secrets that differ and that it would accept itself',
    ({ secret }) => {
      expect(secret?.generate()).not.toBe(secret?.generate());
      expect(secret?.check?.(secret.generate()) ?? null).toBeNull();
    },
  );
});
