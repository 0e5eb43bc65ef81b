import { count, dateTime, flag, id, link, list, nullable, record, text } from '../schema.ts';
import type { Subject } from './subject.ts';

export const repositoryCase: Subject = {
  name: 'case',
  category: 'Cases',
  noun: 'A test case',
  required: { id, name: text },
  optional: {
    project_id: id,
    state: text,
    folder: nullable(text),
    template: nullable(text),
    priority: nullable(text),
    automated: flag,
    tags: list(text),
    version: count,
    created_by: nullable(record({ id, name: text })),
    created_at: dateTime,
    url: link,
  },
  example: {
    id: '9917',
    name: 'Paying twice is refused',
    project_id: '31',
    state: 'Active',
    folder: 'Checkout / Payment',
    template: 'Steps',
    priority: 'High',
    automated: false,
    tags: ['payment', 'smoke'],
    version: 4,
    created_by: { id: 'u_12', name: 'Priya Nair' },
    created_at: '2026-03-02T13:25:10.000Z',
    url: 'https://testplanit.example/projects/repository/31/9917',
  },
};
