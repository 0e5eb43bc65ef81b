import type { EventType } from '@everhook/sdk';

/** Types that Everhook itself publishes, such as that of a degraded webhook. Nobody else may. */
export const isEverhooksOwn = ({ name }: Pick<EventType, 'name'>): boolean => name.startsWith('everhook.');
