/** The words of each area: `common` is loaded before the first page, the others with the pages that need them. */
export interface Areas {
  readonly access: typeof import('./en/access.ts').default;
  readonly catalogue: typeof import('./en/catalogue.ts').default;
  readonly common: typeof import('./en/common.ts').default;
  readonly deliveries: typeof import('./en/deliveries.ts').default;
  readonly events: typeof import('./en/events.ts').default;
  readonly inbound: typeof import('./en/inbound.ts').default;
  readonly overview: typeof import('./en/overview.ts').default;
  readonly palette: typeof import('./en/palette.ts').default;
  readonly portal: typeof import('./en/portal.ts').default;
  readonly session: typeof import('./en/session.ts').default;
  readonly settings: typeof import('./en/settings.ts').default;
  readonly tenants: typeof import('./en/tenants.ts').default;
  readonly webhooks: typeof import('./en/webhooks.ts').default;
}

export type Area = keyof Areas;
