/**
 * For pages that show a portal in a frame, with any framework or none; for React there is `@everhook/react`.
 *
 * @module
 */
export {
  type GetPortalLink,
  type HostedPortal,
  type HostPortalOptions,
  hostPortal,
  type PortalLinkRequest,
  type PortalState,
} from './hostPortal.ts';
export {
  type FromPortal,
  messageType,
  type PortalAppearance,
  type PortalLinkReason,
  type ToPortal,
} from './messages.ts';
