import type { Profile } from '@everhook/sdk';

interface ProfileText {
  readonly name: string;
  readonly hint: string;
  /** The old secret's fate when a new one is made; `none`: secrets cannot be rotated. */
  readonly rotation: 'window' | 'cutover' | 'none';
  /** The format of the caller's own secret, if creating a webhook accepts one. */
  readonly ownSecret?: string;
}

/** The wire contracts that users can choose. */
export const profileTexts: Readonly<Record<Profile, ProfileText>> = {
  STANDARD: {
    name: 'Standard Webhooks',
    rotation: 'window',
    hint: 'The open specification, with libraries for most languages.',
    ownSecret: 'whsec_ and the base64 of 24 to 64 bytes.',
  },
  ONPLANA: {
    name: 'Onplana',
    rotation: 'none',
    hint: 'Hex signature; 8 retries from 30 s on, doubling. A ping is sent at once.',
  },
  PLANE: { name: 'Plane', rotation: 'cutover', hint: 'Success is exactly 200; retried after 10, 20 and 40 minutes.' },
  PLANE_CONNECTION: {
    name: 'PlaneConnection',
    rotation: 'cutover',
    hint: 'Hex signature; four retries within 3 hours.',
    ownSecret: '16 to 256 characters.',
  },
  TASKS: {
    name: 'Task API',
    rotation: 'cutover',
    hint: 'sha256= signature with timestamp; three retries within an hour.',
    ownSecret: '16 to 256 characters.',
  },
  TESTPLANIT: { name: 'TestPlanIt', rotation: 'window', hint: 'v1= signature; both secrets sign while one retires.' },
  SLACK: { name: 'Slack', rotation: 'none', hint: 'Messages in a channel. The URL itself is the credential.' },
};

/** Whether a text, as far as it is typed, is a Slack webhook's URL: by its host, not by a part of the text. */
export function isSlackUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).hostname === 'hooks.slack.com';
}
