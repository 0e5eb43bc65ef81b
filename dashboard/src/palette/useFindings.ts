import type { Found, TenantSummary, Webhook } from '@everhook/sdk';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSession } from '../session/session.tsx';
import { useMaybeScope } from '../shell/scope.tsx';
import { pastedId } from './filter.ts';

/** How long somebody pauses before the server is asked. */
const pauseMs = 180;

interface Findings {
  readonly tenants: readonly TenantSummary[];
  readonly webhooks: readonly Webhook[];
  /** What a pasted id belongs to; null for nothing; undefined where none was pasted, or it is not known yet. */
  readonly byId: Found | null | undefined;
  readonly busy: boolean;
  readonly error: unknown;
}

/** The text once its writer pauses. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}

/** What the server finds for a text. A question that is outdated by the next letter is aborted. */
export function useFindings(typed: string): Findings {
  const { client, viewer } = useSession();
  const scope = useMaybeScope();
  const text = usePaused(typed.trim());
  const id = pastedId(text);
  const searched = id === null && text.length > 1 ? text : '';
  const tenants = useQuery({
    queryKey: ['palette', 'tenants', searched],
    queryFn: async ({ signal }) =>
      (await client.organizations.overview({ search: searched, limit: 8 }, { signal })).tenants,
    enabled: viewer.kind === 'OPERATOR' && searched !== '',
    placeholderData: keepPreviousData,
  });
  const webhooks = useQuery({
    queryKey: ['palette', 'webhooks', scope?.filter, searched],
    queryFn: async ({ signal }) =>
      (await client.webhooks.list({ ...scope?.filter, search: searched, signal }).page({ first: 8 })).items,
    enabled: scope?.may('WEBHOOK_READ') === true && searched !== '',
    placeholderData: keepPreviousData,
  });
  const byId = useQuery({
    queryKey: ['palette', 'id', id],
    queryFn: ({ signal }) => client.find(id ?? '', { signal }),
    enabled: id !== null,
  });
  const asked = [tenants, webhooks, byId];
  return {
    tenants: searched === '' ? [] : (tenants.data ?? []),
    webhooks: searched === '' ? [] : (webhooks.data ?? []),
    byId: id === null ? undefined : byId.data,
    busy: text !== typed.trim() || asked.some(({ isFetching }) => isFetching),
    error: asked.find(({ isError }) => isError)?.error ?? null,
  };
}
