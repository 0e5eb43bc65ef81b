import { onplana } from './onplana.ts';
import type { ProfileDefinition, ProfileName } from './profile.ts';
import { standard } from './standard.ts';

/** Every wire contract. Adding one means adding its file and its name here. */
export const profiles: readonly ProfileDefinition[] = [standard, onplana];

const byName = new Map(profiles.map((profile) => [profile.name, profile]));

export function profileOf(name: ProfileName): ProfileDefinition {
  const profile = byName.get(name);
  if (!profile) throw new Error(`The profile ${name} has no definition.`);
  return profile;
}
