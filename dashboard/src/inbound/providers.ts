import type { IssueIntegration } from '@everhook/sdk';
import { wordsOf } from '../words/words.ts';

export type Provider = IssueIntegration['provider'];

interface ProviderForm {
  /** An address as it looks there. */
  readonly baseUrl: string;
  /** Whether the API needs an account's e-mail address beside its token. */
  readonly email?: boolean;
}

/** Trackers, with what their forms ask for. Their names and steps are in the words. */
export const providers: Readonly<Record<Provider, ProviderForm>> = {
  GITHUB: { baseUrl: 'https://api.github.com' },
  JIRA: { baseUrl: 'https://your-site.atlassian.net', email: true },
  AZURE_DEVOPS: { baseUrl: 'https://dev.azure.com/your-organization' },
  SIMPLE_URL: { baseUrl: 'https://tracker.example.com' },
};

export const nameOf = (provider: Provider): string => wordsOf('inbound')(`providers.${provider}.name`);

/** What to do in the tracker, one step after the other; nothing where there is no tracker. */
export function stepsOf(provider: Provider): readonly string[] {
  if (provider === 'SIMPLE_URL') return [];
  const t = wordsOf('inbound');
  return (['first', 'second', 'third', 'fourth'] as const).map((step) => t(`providers.${provider}.steps.${step}`));
}

/** The label of its token; null for one that needs none. */
export const tokenLabelOf = (provider: Provider): string | null =>
  provider === 'SIMPLE_URL' ? null : wordsOf('inbound')(`providers.${provider}.token`);
