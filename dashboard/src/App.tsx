import { Tooltip } from 'radix-ui';
import { Router } from 'wouter';
import { base } from './base.ts';
import { Toasts } from './design/Toasts.tsx';
import { Pages } from './pages/Pages.tsx';
import { PortalEntrance } from './session/PortalEntrance.tsx';
import { SignIn } from './session/SignIn.tsx';
import { SessionGate } from './session/session.tsx';
import { Reveals } from './webhooks/Reveals.tsx';

/** A portal link's pages all lie below `/portal`, the path that other sites may frame. */
const portal = `${base}/portal`;
const inPortal = location.pathname === portal || location.pathname.startsWith(`${portal}/`);

export function App() {
  return (
    <Tooltip.Provider delayDuration={250}>
      <Toasts>
        <Router base={inPortal ? portal : base}>
          <Reveals>
            <SessionGate entrance={inPortal ? PortalEntrance : SignIn} portal={inPortal}>
              <Pages />
            </SessionGate>
          </Reveals>
        </Router>
      </Toasts>
    </Tooltip.Provider>
  );
}
