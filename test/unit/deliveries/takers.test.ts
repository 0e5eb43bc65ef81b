import { expect, it } from 'vitest';
import { takersOf } from '../../../core/deliveries/takers.ts';

it('webhooks that take an event are its project’s and the organization’s; a listener’s patterns are matched once a type, in whatever project', () => {
  const asked: string[] = [];
  const listens = (eventType: string) => {
    asked.push(eventType);
    return eventType.startsWith('order.');
  };
  const all = Array.from({ length: 500 }, () => ({ id: 'd', projectId: null, listener: false, takes: () => true }));
  const webhooks = [
    { id: 'a', projectId: null, listener: true, takes: listens },
    { id: 'b', projectId: 'p1', listener: false, takes: () => true },
    { id: 'c', projectId: null, listener: false, takes: (eventType: string) => eventType === 'order.paid' },
    ...all,
  ];
  const to = takersOf(webhooks);
  const ids = (projectId: string | null, eventType: string) =>
    to(projectId, eventType).flatMap(({ id }) => (id === 'd' ? [] : id));
  // More projects than lists are kept.
  for (let n = 0; n < 500; n++) to(`p${n}`, 'order.paid');
  expect(ids('p1', 'order.paid')).toEqual(['a', 'b', 'c']);
  expect(ids('p2', 'order.paid')).toEqual(['a', 'c']);
  expect(ids(null, 'crane.moved')).toEqual([]);
  expect(ids('p1', 'crane.moved')).toEqual(['b']);
  expect(asked).toEqual(['order.paid', 'crane.moved']);
});
