import { platformTypes } from '../profiles/catalogues/platform.ts';
import type { CatalogueEntry, ProfileName } from '../profiles/profile.ts';
import { profileOf, profiles } from '../profiles/registry.ts';

/** What a type says of its events. */
export interface EventTypeTexts {
  readonly description: string | null;
  /** JSON text. */
  readonly schema: string;
  /** JSON text. */
  readonly example: string | null;
}

/** A type of a profile, which is part of the code. */
export interface CatalogueType extends EventTypeTexts {
  readonly name: string;
  readonly category: string | null;
}

const catalogues = new Map<ProfileName, ReadonlyMap<string, CatalogueType>>();

/** A profile's types by their names. */
export function catalogue(name: ProfileName): ReadonlyMap<string, CatalogueType> {
  let entries = catalogues.get(name);
  if (!entries) {
    entries = new Map(profileOf(name).catalogue.map((entry) => [entry.name, written(entry)]));
    catalogues.set(name, entries);
  }
  return entries;
}

/** The profiles whose catalogue has a type of this name. */
export const profilesWith = (type: string): ProfileName[] =>
  profiles.filter(({ name }) => catalogue(name).has(type)).map(({ name }) => name);

const written = ({ name, category, description, schema, example }: CatalogueEntry): CatalogueType => ({
  name,
  category,
  description,
  schema: JSON.stringify(schema),
  example: JSON.stringify(example),
});

/** Everhook's own types, which only it publishes. */
export const platform: ReadonlyMap<string, CatalogueType> = new Map(
  platformTypes.map((entry) => [entry.name, written(entry)]),
);
