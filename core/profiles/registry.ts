import { onplana } from './onplana.ts';
import { plane } from './plane.ts';
import { planeConnection } from './planeConnection.ts';
import type { ProfileDefinition, ProfileName } from './profile.ts';
import { slack } from './slack.ts';
import { standard } from './standard.ts';
import { tasks } from './tasks.ts';
import { testplanit } from './testplanit.ts';

/** Every wire contract. Adding one means adding its file and its name here. */
export const profiles: readonly ProfileDefinition[] = [
  standard,
  plane,
  onplana,
  planeConnection,
  tasks,
  testplanit,
  slack,
];

const byName = new Map(profiles.map((profile) => [profile.name, profile]));

export const profileOf = (name: ProfileName): ProfileDefinition => byName.get(name) as ProfileDefinition;
