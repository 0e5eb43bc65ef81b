import { onplana } from './onplana.ts';
import { plane } from './plane.ts';
import { planeConnection } from './planeConnection.ts';
import type { ProfileDefinition, ProfileName } from './profile.ts';
import { slack } from './slack.ts';
import { standard } from './standard.ts';
import { tasks } from './tasks.ts';
import { testplanit } from './testplanit.ts';

/** All wire contracts. A new one needs its own file and an entry here. */
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
