import type { Permission } from '@everhook/sdk';
import type { ReactNode } from 'react';
import { CatalogueIcon, ChartIcon, GearIcon, HookIcon, InboundIcon, ListIcon, SparkIcon } from '../design/icons.tsx';
import type { Areas } from '../words/areas.ts';

/** A page of the navigation. */
export interface Place {
  /** The first part of its address. */
  readonly page: keyof Areas['common']['places'];
  readonly icon: ReactNode;
  /** Without one of these permissions, the page could show nothing. */
  readonly needs: readonly Permission[];
  /** Not for customers with a portal link. */
  readonly inPortal: boolean;
}

const places: readonly Place[] = [
  { page: 'overview', icon: <ChartIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  { page: 'webhooks', icon: <HookIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  { page: 'deliveries', icon: <ListIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  { page: 'events', icon: <SparkIcon />, needs: ['EVENT_PUBLISH'], inPortal: true },
  { page: 'catalogue', icon: <CatalogueIcon />, needs: ['WEBHOOK_READ'], inPortal: true },
  // Managing a tracker requires seeing it.
  {
    page: 'inbound',

    icon: <InboundIcon />,
    needs: ['INBOUND_MANAGE', 'WEBHOOK_READ'],
    inPortal: true,
  },
  { page: 'settings', icon: <GearIcon />, needs: [], inPortal: false },
];

/** The pages for this kind of viewer, open to them or not. */
export const placesFor = (portal: boolean): readonly Place[] => places.filter(({ inPortal }) => inPortal || !portal);

/** The viewer's first page: the webhooks, or another page that is open to them. */
export const landing = (open: readonly Place[]): Place | undefined =>
  open.find(({ page }) => page === 'webhooks') ?? open[0];
