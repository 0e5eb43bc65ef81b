import type { Profile } from '@everhook/sdk';
import { wordsOf } from '../words/words.ts';

interface ProfileText {
  /** A proper name, the same in every language. */
  readonly name: string;
  /** The old secret's fate when a new one is made; `none`: secrets cannot be rotated. */
  readonly rotation: 'window' | 'cutover' | 'none';
  /** Whether a secret may be shown again. */
  readonly revealable: boolean;
  /** The format of the caller's own secret, if creating a webhook accepts one. */
  readonly ownSecret?: 'base64' | 'characters';
}

/** The wire contracts that users can choose. */
export const profileTexts: Readonly<Record<Profile, ProfileText>> = {
  STANDARD: { name: 'Standard Webhooks', rotation: 'window', revealable: true, ownSecret: 'base64' },
  ONPLANA: { name: 'Onplana', rotation: 'none', revealable: false },
  PLANE: { name: 'Plane', rotation: 'cutover', revealable: true },
  PLANE_CONNECTION: { name: 'PlaneConnection', rotation: 'cutover', revealable: true, ownSecret: 'characters' },
  TASKS: { name: 'Task API', rotation: 'cutover', revealable: true, ownSecret: 'characters' },
  TESTPLANIT: { name: 'TestPlanIt', rotation: 'window', revealable: false },
  SLACK: { name: 'Slack', rotation: 'none', revealable: false },
};

/** What sets a profile apart, in a line. */
export const profileHint = (profile: Profile): string => wordsOf('webhooks')(`profiles.${profile}`);

/** Whether a text, as far as it is typed, is a Slack webhook's URL: by its host, not by a part of the text. */
export function isSlackUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).hostname === 'hooks.slack.com';
}
