'use client';

import {
  type GetPortalLink,
  type HostedPortal,
  hostPortal,
  type PortalAppearance,
  type PortalState,
} from '@everhook/sdk/portal';
import { type CSSProperties, type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react';

/** What {@link EverhookPortal} takes. */
export interface EverhookPortalProps {
  /**
   * Gets a portal link from your own server: its whole address, `https://hooks.example.com/portal#token=…`. It is asked for when the
   * portal opens, after a reload, and before a link ends; the portal goes on meanwhile, with all that was typed. It may be another
   * function in each render, but always for the same customer: for another one, give the component another `key`.
   */
  readonly getLink: GetPortalLink;
  /** What a screen reader calls the frame. @default `Webhooks` */
  readonly title?: string | undefined;
  /** How your page looks; the portal follows. @default as the visitor's device */
  readonly appearance?: PortalAppearance | undefined;
  /** The portal's language, such as `de`, when it opens. @default the theme's, or the browser's */
  readonly language?: string | undefined;
  /** Class of the element around the frame, which is as large as this. */
  readonly className?: string | undefined;
  /** Style of the element around the frame. @default 100 % wide, 40rem high */
  readonly style?: CSSProperties | undefined;
  /** Shown until the portal is there. @default nothing: its place is kept */
  readonly loading?: ReactNode;
  /** Shown where there is no link; `retry` asks for one at once, which otherwise happens by itself, again and again. */
  readonly failed?: ((error: unknown, retry: () => void) => ReactNode) | undefined;
  /** Called for each link that could not be had. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const box: CSSProperties = { position: 'relative', width: '100%', height: '40rem' };
const whole: CSSProperties = { display: 'block', width: '100%', height: '100%', border: 0 };

/**
 * A customer's webhooks and deliveries, within your own page.
 *
 * ```tsx
 * <EverhookPortal
 *   getLink={async ({ signal }) => {
 *     const response = await fetch('/api/webhooks-link', { method: 'POST', signal });
 *     if (!response.ok) throw new Error('There is no link at present.');
 *     return response.text();
 *   }}
 * />
 * ```
 */
export function EverhookPortal({
  getLink,
  title = 'Webhooks',
  appearance,
  language,
  className,
  style,
  loading,
  failed,
  onError,
}: EverhookPortalProps): ReactElement {
  const frame = useRef<HTMLIFrameElement>(null);
  const hosted = useRef<HostedPortal | null>(null);
  // The latest of each: a new function is no reason to open the portal anew.
  const latest = useRef({ getLink, onError, appearance, language });
  latest.current = { getLink, onError, appearance, language };
  const [state, setState] = useState<PortalState>('loading');
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    if (!frame.current) return;
    const portal = hostPortal({
      frame: frame.current,
      appearance: latest.current.appearance,
      language: latest.current.language,
      getLink: (request) => latest.current.getLink(request),
      onState: setState,
      onError: (problem) => {
        setError(problem);
        latest.current.onError?.(problem);
      },
    });
    hosted.current = portal;
    return () => {
      hosted.current = null;
      portal.close();
    };
  }, []);

  useEffect(() => hosted.current?.setAppearance(appearance), [appearance]);

  const hidden = state !== 'open';
  return (
    <div
      className={className}
      style={className === undefined ? { ...box, ...style } : { position: 'relative', ...style }}
    >
      {state === 'loading' && loading}
      {state === 'failed' && (
        <div role="alert">
          {failed?.(error, () => hosted.current?.retry()) ?? 'This could not be opened. It is tried again.'}
        </div>
      )}
      <iframe
        ref={frame}
        title={title}
        allow="clipboard-write"
        referrerPolicy="strict-origin"
        style={hidden ? { ...whole, position: 'absolute', inset: 0, visibility: 'hidden' } : whole}
      />
    </div>
  );
}
