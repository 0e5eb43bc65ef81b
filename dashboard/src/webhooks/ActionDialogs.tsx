import type { Webhook } from '@everhook/sdk';
import { createContext, type ReactNode, useContext, useState } from 'react';
import { ActionDialog } from './ActionDialog.tsx';
import { PauseDialog } from './PauseDialog.tsx';
import { RecoverDialog } from './RecoverDialog.tsx';
import type { Action } from './standing.ts';
import { TestDialog } from './TestDialog.tsx';
import { WebhookForm } from './WebhookForm.tsx';

/** The actions that ask or show something first. */
export type AskedAction = Exclude<Action, 'switchOn' | 'switchOff' | 'reveal'>;

type Open = (webhook: Webhook, action: AskedAction) => void;

const OpenContext = createContext<Open>(() => {});

interface Opened {
  readonly webhook: Webhook;
  readonly action: AskedAction;
}

/**
 * The dialogs of the actions, above the lists: one stays open where its webhook leaves the list, or its row is no longer drawn.
 *
 * @param onDeleted - called once a webhook is gone
 */
export function ActionDialogs({ children, onDeleted }: { readonly children: ReactNode; onDeleted?(): void }) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [open] = useState<Open>(() => (webhook: Webhook, action: AskedAction) => setOpened({ webhook, action }));
  const close = () => setOpened(null);
  return (
    <OpenContext value={open}>
      {children}
      {opened && <Asked {...opened} onClose={close} {...(onDeleted && { onDeleted })} />}
    </OpenContext>
  );
}

function Asked({ webhook, action, onClose, onDeleted }: Opened & { onClose(): void; onDeleted?(): void }) {
  switch (action) {
    case 'edit':
      return <WebhookForm webhook={webhook} onClose={onClose} />;
    case 'test':
      return <TestDialog webhook={webhook} onClose={onClose} />;
    case 'pause':
      return <PauseDialog webhook={webhook} onClose={onClose} />;
    case 'recover':
      return <RecoverDialog webhook={webhook} onClose={onClose} />;
    default:
      return <ActionDialog webhook={webhook} action={action} onClose={onClose} {...(onDeleted && { onDeleted })} />;
  }
}

/** Opens an action's dialog. */
export const useOpenAction = (): Open => useContext(OpenContext);
