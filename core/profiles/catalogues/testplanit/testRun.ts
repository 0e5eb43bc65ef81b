import { count, dateTime, id, link, nullable, record, text } from '../schema.ts';
import type { Subject } from './subject.ts';

export const testRun: Subject = {
  name: 'test_run',
  category: 'Test Runs',
  noun: 'A test run',
  required: { id, name: text },
  optional: {
    project_id: id,
    state: text,
    milestone: nullable(record({ id, name: text })),
    configuration: nullable(text),
    cases: record({ total: count }, { passed: count, failed: count, blocked: count, untested: count }),
    created_by: nullable(record({ id, name: text })),
    created_at: dateTime,
    url: link,
  },
  example: {
    id: '1204',
    name: 'Checkout regression 4.2',
    project_id: '31',
    state: 'New',
    milestone: { id: '77', name: 'Release 4.2' },
    configuration: 'Firefox 140, Windows 11',
    cases: { total: 86, passed: 61, failed: 3, blocked: 1, untested: 21 },
    created_by: { id: 'u_12', name: 'Priya Nair' },
    created_at: '2026-06-26T08:00:00.000Z',
    url: 'https://testplanit.example/projects/runs/31/1204',
  },
};
