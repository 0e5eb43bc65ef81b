import { v5 } from 'uuid';
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
  /** A UUID, made from the profile and the name: the same in every installation. */
  readonly id: string;
  readonly name: string;
  readonly category: string | null;
}

const catalogues = new Map<ProfileName, ReadonlyMap<string, CatalogueType>>();

/** A profile's types by their names. */
export function catalogue(name: ProfileName): ReadonlyMap<string, CatalogueType> {
  let entries = catalogues.get(name);
  if (!entries) {
    entries = new Map(profileOf(name).catalogue.map((entry) => [entry.name, written(entry, name)]));
    catalogues.set(name, entries);
  }
  return entries;
}

/** The profiles whose catalogue has a type of this name. */
export const profilesWith = (type: string): ProfileName[] =>
  profiles.filter(({ name }) => catalogue(name).has(type)).map(({ name }) => name);

/** Names of types within it are made into ids; it must never change. */
const namespace = '0b6f4e0e-5c1d-4b6e-9a55-3f0d6a1c7e21';

const written = ({ name, category, description, schema, example }: CatalogueEntry, from: string): CatalogueType => ({
  id: v5(`${from}/${name}`, namespace),
  name,
  category,
  description,
  schema: JSON.stringify(schema),
  example: JSON.stringify(example),
});

/** Everhook's own types, which only it publishes. */
export const platform: ReadonlyMap<string, CatalogueType> = new Map(
  platformTypes.map((entry) => [entry.name, written(entry, 'EVERHOOK')]),
);

let byId: ReadonlyMap<string, CatalogueType> | undefined;

/** The type of any profile, or Everhook's own one, with this id. */
export function catalogueTypeOf(id: string): CatalogueType | undefined {
  byId ??= new Map(
    [...profiles.flatMap(({ name }) => [...catalogue(name).values()]), ...platform.values()].map((type) => [
      type.id,
      type,
    ]),
  );
  return byId.get(id);
}
