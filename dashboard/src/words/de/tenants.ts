import type en from '../en/tenants.ts';
import type { Translation } from '../shape/translation.ts';

export default {
  create: 'Neue Organisation',
  search: 'Name oder ID',
  searchLabel: 'Mandanten suchen',
  scrollable: 'Mandanten, scrollbar',
  pages: 'Seiten der Mandanten',
  before: 'Zurück',
  next: 'Weiter',
  page: 'Seite {{page}}',
  columns: {
    tenant: 'Mandant',
    webhooks: 'Webhooks',
    success: 'Erfolg, 24 h',
    backlog: 'Rückstand',
    events: 'Events, 1 h',
    deliveries: 'Zustellungen, 1 h',
    projects: 'Projekte',
    created: 'Angelegt',
  },
  noWebhooks: 'keine',
  healthy_one: '{{count}} gesund',
  healthy_other: '{{count}} gesund',
  degraded_one: '{{count}} gestört',
  degraded_other: '{{count}} gestört',
  disabled_one: '{{count}} gesperrt',
  disabled_other: '{{count}} gesperrt',
  none: {
    found: 'Kein Mandant gefunden',
    foundHint: 'Suche nach einem Teil des Namens oder nach einer ganzen ID.',
    yet: 'Noch keine Mandanten',
    yetHint: 'Alles gehört zu einer Organisation: Lege die erste an.',
  },
} satisfies Translation<typeof en>;
