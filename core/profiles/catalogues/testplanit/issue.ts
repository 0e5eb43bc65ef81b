import { dateTime, id, link, nullable, oneOf, record, text } from '../schema.ts';
import type { Subject } from './subject.ts';

export const issue: Subject = {
  name: 'issue',
  category: 'Issues',
  noun: 'An issue',
  required: { id, title: text },
  optional: {
    project_id: id,
    external_key: nullable(text),
    provider: nullable(oneOf('JIRA', 'GITHUB', 'AZURE_DEVOPS', 'SIMPLE_URL')),
    state: text,
    priority: nullable(text),
    assignee: nullable(text),
    created_by: nullable(record({ id, name: text })),
    created_at: dateTime,
    url: link,
  },
  example: {
    id: '402',
    title: 'Card is charged twice after a retry',
    project_id: '31',
    external_key: 'SHOP-2231',
    provider: 'JIRA',
    state: 'New',
    priority: 'High',
    assignee: 'Marta Gil',
    created_by: { id: 'u_12', name: 'Priya Nair' },
    created_at: '2026-06-27T16:45:00.000Z',
    url: 'https://tracker.example/browse/SHOP-2231',
  },
};
