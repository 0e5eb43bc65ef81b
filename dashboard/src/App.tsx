import { Tooltip } from 'radix-ui';
import { Router } from 'wouter';
import { base, inPortal, portalBase } from './base.ts';
import { Toasts } from './design/Toasts.tsx';
import { Pages } from './pages/Pages.tsx';
import { PortalGate } from './portal/PortalGate.tsx';
import { SignIn } from './session/SignIn.tsx';
import { SessionGate } from './session/session.tsx';
import { Reveals } from './webhooks/Reveals.tsx';
import { useLanguage } from './words/words.ts';

export function App() {
  // Numbers and dates are formatted all over the page: a change of language shows it anew.
  useLanguage();
  return (
    <Tooltip.Provider delayDuration={250}>
      <Toasts>
        <Router base={inPortal ? portalBase : base}>
          <Reveals>
            {inPortal ? (
              <PortalGate>
                <Pages />
              </PortalGate>
            ) : (
              <SessionGate entrance={SignIn}>
                <Pages />
              </SessionGate>
            )}
          </Reveals>
        </Router>
      </Toasts>
    </Tooltip.Provider>
  );
}
