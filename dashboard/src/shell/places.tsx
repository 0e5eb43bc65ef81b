import type { Permission } from '@everhook/sdk';
import type { ReactNode } from 'react';
import {
  CatalogueIcon,
  ChartIcon,
  GearIcon,
  HookIcon,
  InboundIcon,
  ListIcon,
  PeopleIcon,
  SparkIcon,
} from '../design/icons.tsx';
import type { Areas } from '../words/areas.ts';

/** A page of the navigation. */
export interface Place {
  /** The first part of its address. */
  readonly page: keyof Areas['common']['places'];
  readonly icon: ReactNode;
  /** Without one of these permissions, the page could show nothing. */
  readonly needs: readonly Permission[];
  /** Opens a part of the page to those who lack what it needs. */
  readonly orElse?: Permission;
  /** Not for customers with a portal link. */
  readonly inPortal: boolean;
}

const places: readonly Place[] = [
  { page: 'overview', icon: <ChartIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  { page: 'webhooks', icon: <HookIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  { page: 'deliveries', icon: <ListIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  // Who may not read the log may still publish, and the other way round.
  { page: 'events', icon: <SparkIcon />, needs: ['WEBHOOK_READ'], orElse: 'EVENT_PUBLISH', inPortal: true },
  { page: 'catalogue', icon: <CatalogueIcon />, needs: ['WEBHOOK_READ'], orElse: 'EVENT_PUBLISH', inPortal: true },
  // Managing a tracker requires seeing it.
  {
    page: 'inbound',

    icon: <InboundIcon />,
    needs: ['INBOUND_MANAGE', 'WEBHOOK_READ'],
    inPortal: true,
  },
  { page: 'settings', icon: <GearIcon />, needs: [], inPortal: false },
];

/** Pages of the installation, for the operator. */
export const installationPlaces: readonly Place[] = [
  { page: 'tenants', icon: <PeopleIcon />, needs: [], inPortal: false },
];

/** The pages for this kind of viewer, open to them or not. */
export const placesFor = (portal: boolean): readonly Place[] => places.filter(({ inPortal }) => inPortal || !portal);

/** The viewer's first page: the webhooks, or another page that is open to them. */
export const landing = (open: readonly Place[]): Place | undefined =>
  open.find(({ page }) => page === 'webhooks') ?? open[0];

/** The permissions that somebody lacks for a page. */
export const missingFor = (
  { needs, orElse }: Place,
  may: (permission: Permission) => boolean,
): readonly Permission[] => (orElse && may(orElse) ? [] : needs.filter((permission) => !may(permission)));
