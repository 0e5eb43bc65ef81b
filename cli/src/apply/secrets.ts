import type { Everhook } from '@everhook/sdk';
import type { Desired, DesiredContent } from './desired.ts';
import type { Present, PresentContent } from './present.ts';

/** Whether a webhook, by its id, signs with the secret of the file. Null: the key may not know it. */
export type KnownSecrets = ReadonlyMap<string, boolean | null>;

/** Asks for each webhook whose secret the file has, one after the other: there may be many. The product answers yes or no. */
export async function compareSecrets(everhook: Everhook, desired: Desired, now: Present): Promise<KnownSecrets> {
  const known = new Map<string, boolean | null>();
  const ofProject = (externalId: string) => now.projects.find(({ project }) => project.externalId === externalId);
  const pairs: [DesiredContent, PresentContent | undefined][] = [
    [desired, now],
    ...desired.projects.map((project): [DesiredContent, PresentContent | undefined] => [
      project,
      ofProject(project.externalId),
    ]),
  ];
  for (const [wanted, had] of pairs) {
    for (const { externalId, secret } of wanted.webhooks) {
      const before = had?.webhooks.find((webhook) => webhook.externalId === externalId);
      if (before === undefined || secret === undefined) continue;
      known.set(before.id, await everhook.webhooks.signsWith(before.id, secret.value));
    }
  }
  return known;
}
