import { filterLabels } from '../core/labels/label.ts';
import type { LogFilter } from '../core/recoveries/selection.ts';
import { builder } from './builder.ts';
import { DeliveryStatus } from './enums.ts';
import { LabelInput } from './label.ts';
import { idArgument } from './scopeArgs.ts';
import { namesOf } from './searchArgs.ts';

/** The conditions of the delivery log that say what to recover, as an input. */
export const DeliveryFilter = builder.inputType('DeliveryFilter', {
  description: 'Conditions of the delivery log, as `deliveries` has them. All of them must hold.',
  fields: (t) => ({
    organizationId: t.id({ description: 'Deliveries of the organization’s webhooks, and of its projects’.' }),
    projectId: t.id({ description: 'Deliveries of the project’s own webhooks.' }),
    webhookId: t.id({ description: 'Deliveries of this webhook.' }),
    eventTypes: t.stringList({ description: 'Events of these types.' }),
    statuses: t.field({ type: [DeliveryStatus], description: 'Deliveries with one of these statuses.' }),
    responseCode: t.int({ description: 'The response code of the last attempt.' }),
    eventId: t.id({ description: 'Deliveries of this event.' }),
    labels: t.field({ type: [LabelInput], description: 'Their events have all of these. At most 10.' }),
    from: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
    to: t.field({ type: 'DateTime', description: 'Created before this time.' }),
  }),
});

type Filter = typeof DeliveryFilter.$inferInput;

/**
 * The conditions besides scope and period.
 *
 * @param prefix - path of the filter, for an error's field
 */
export function logFilterOf({ eventTypes, statuses, responseCode, eventId, labels }: Filter, prefix = ''): LogFilter {
  return {
    ...(eventTypes == null ? {} : { eventTypes: namesOf(eventTypes, `${prefix}eventTypes`) }),
    ...(statuses == null ? {} : { statuses: [...new Set(statuses)] }),
    ...(responseCode == null ? {} : { responseCode }),
    ...(eventId == null ? {} : { eventId: idArgument(eventId, 'event', `${prefix}eventId`) }),
    ...(labels == null ? {} : { labels: filterLabels(labels, `${prefix}labels`) }),
  };
}
