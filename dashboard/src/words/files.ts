import type { Area, Areas } from './areas.ts';
import type { Language } from './language.ts';
import type { Translation } from './shape/translation.ts';

type Files = { readonly [A in Area]: () => Promise<{ readonly default: Translation<Areas[A]> }> };

/** Where each area's words are, by language: only what is shown is loaded. */
export const files: Readonly<Record<Language, Files>> = {
  en: {
    access: () => import('./en/access.ts'),
    catalogue: () => import('./en/catalogue.ts'),
    common: () => import('./en/common.ts'),
    deliveries: () => import('./en/deliveries.ts'),
    events: () => import('./en/events.ts'),
    inbound: () => import('./en/inbound.ts'),
    overview: () => import('./en/overview.ts'),
    palette: () => import('./en/palette.ts'),
    portal: () => import('./en/portal.ts'),
    session: () => import('./en/session.ts'),
    settings: () => import('./en/settings.ts'),
    tenants: () => import('./en/tenants.ts'),
    webhooks: () => import('./en/webhooks.ts'),
  },
  de: {
    access: () => import('./de/access.ts'),
    catalogue: () => import('./de/catalogue.ts'),
    common: () => import('./de/common.ts'),
    deliveries: () => import('./de/deliveries.ts'),
    events: () => import('./de/events.ts'),
    inbound: () => import('./de/inbound.ts'),
    overview: () => import('./de/overview.ts'),
    palette: () => import('./de/palette.ts'),
    portal: () => import('./de/portal.ts'),
    session: () => import('./de/session.ts'),
    settings: () => import('./de/settings.ts'),
    tenants: () => import('./de/tenants.ts'),
    webhooks: () => import('./de/webhooks.ts'),
  },
};
