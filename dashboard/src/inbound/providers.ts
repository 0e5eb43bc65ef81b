import type { IssueIntegration } from '@everhook/sdk';

export type Provider = IssueIntegration['provider'];

interface ProviderText {
  readonly name: string;
  readonly baseUrl: string;
  /** Whether the API needs an account's e-mail address beside its token. */
  readonly email?: boolean;
  readonly token: string;
  readonly steps: readonly string[];
}

/** Trackers by their usual names, with the steps to set up in each. */
export const providerTexts: Readonly<Record<Provider, ProviderText>> = {
  GITHUB: {
    name: 'GitHub',
    baseUrl: 'https://api.github.com',
    token: 'Personal access token that may read issues',
    steps: [
      'Open the repository, or the organization: Settings, Webhooks, Add webhook.',
      'Payload URL: the URL that is shown once. Content type: application/json. Secret: the secret that is shown once.',
      'Which events: Let me select individual events, Issues.',
      'Add webhook. GitHub pings at once.',
    ],
  },
  JIRA: {
    name: 'Jira',
    baseUrl: 'https://your-site.atlassian.net',
    email: true,
    token: 'API token',
    steps: [
      'Open Jira’s settings: System, WebHooks, Create a WebHook.',
      'URL: the URL that is shown once. Secret: the secret that is shown once.',
      'Events: Issue created, updated and deleted. A JQL filter may narrow them.',
      'Create.',
    ],
  },
  AZURE_DEVOPS: {
    name: 'Azure DevOps',
    baseUrl: 'https://dev.azure.com/your-organization',
    token: 'Personal access token that may read work items',
    steps: [
      'Open Project settings: Service hooks, Create subscription, Web Hooks.',
      'Trigger: Work item created; make others for updated, deleted and restored.',
      'URL: the URL that is shown once. Basic authentication: the user name and password that you choose here.',
      'Test, then Finish.',
    ],
  },
  SIMPLE_URL: {
    name: 'Links alone',
    baseUrl: 'https://tracker.example.com',
    token: '',
    steps: [],
  },
};
