import type { Delivery, Webhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { putWebhook } from './queries.ts';
import { TestResult } from './TestResult.tsx';

/** Sends tests of a webhook, and shows how the last one fares. */
export function useSendTest(webhook: Webhook) {
  const { client } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const [sent, setSent] = useState<Delivery | null>(null);
  const test = useMutation({
    mutationFn: () => client.webhooks.sendTest(webhook.id),
    onMutate: () => setSent(null),
    onSuccess: (delivery) => {
      setSent(delivery);
      // A test is sent at once. What the server says of its time comes with the next read.
      putWebhook(queries, { ...webhook, lastDispatchedAt: delivery.createdAt });
    },
    onError: (error) => toast(messageOf(error)),
  });
  const result = (test.isPending || sent) && <TestResult key={sent?.id} webhook={webhook} sent={sent} />;
  return { send: () => test.mutate(), isSending: test.isPending, result };
}
