'use client';

import type { Everhook } from '@everhook/sdk';
import { createContext, Fragment, type ReactElement, type ReactNode, useContext } from 'react';

const ClientContext = createContext<Everhook | null>(null);

/** What {@link EverhookProvider} takes. */
export interface EverhookProviderProps {
  /**
   * The client that the hooks use. Make one outside of components. In a browser its key must be one that your customer may have: a
   * portal link's token or a user's JWT, by a function that gets a new one from your server. Never an API key. With another client,
   * everything below begins anew, as with another `key`.
   */
  readonly client: Everhook;
  readonly children?: ReactNode;
}

/** Gives the hooks below it their client. It does not close it: whoever made it does. */
export function EverhookProvider({ client, children }: EverhookProviderProps): ReactElement {
  return (
    <ClientContext.Provider value={client}>
      <Fragment key={idOf(client)}>{children}</Fragment>
    </ClientContext.Provider>
  );
}

const ids = new WeakMap<Everhook, number>();
let clients = 0;

/** So nothing that one client loaded or follows can stay on the page of the next, whose customer may be another one. */
function idOf(client: Everhook): number {
  const id = ids.get(client) ?? ++clients;
  ids.set(client, id);
  return id;
}

/** The client of the nearest {@link EverhookProvider}. @throws where there is none */
export function useEverhook(): Everhook {
  const client = useContext(ClientContext);
  if (!client) throw new Error('This hook needs an <EverhookProvider client={…}> above it.');
  return client;
}
