import './design/tokens.css';
import './design/base.css';
import { setNonce } from 'get-nonce';
import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { inPortal } from './base.ts';
import { startPortal } from './portal/PortalGate.tsx';
import { applyTheme, keptTheme } from './shell/theme.ts';
import { preferredLanguage } from './words/chosenLanguage.ts';
import { portalLanguage } from './words/portalLanguage.ts';
import { startWords } from './words/start.ts';

applyTheme(keptTheme());
// The styles that open dialogs add to the page pass the content security policy by this nonce.
setNonce(document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '');

const root = createRoot(document.getElementById('root') as HTMLElement);

const asked = inPortal ? portalLanguage() : null;
const words = startWords(asked ?? preferredLanguage());
// While the words are loaded, so is who comes by the link.
if (inPortal) startPortal();
await words;

root.render(
  <StrictMode>
    <Suspense>
      <App />
    </Suspense>
  </StrictMode>,
);
