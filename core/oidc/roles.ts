import type { Role } from '../access/principal.ts';
import type { Claims, Issuer, RuleFor } from './issuer.ts';

/** The roles of a person in one organization. */
export interface WantedRoles {
  /** Null: none, and then no project's counts either. */
  readonly role: Exclude<Role, 'PROJECT_ADMIN'> | null;
  /** Ids or external ids of projects in which they are PROJECT_ADMIN. */
  readonly projects: readonly string[];
}

/** The highest first. */
const ranked = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'] as const;

/** The value of a claim; a dot leads into an object, unless a claim has that very name. */
function claimOf(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Claims)[name];
  }
  return value;
}

/** The texts of a claim that is a text or a list. */
const textsOf = (value: unknown): readonly string[] =>
  [value].flat().filter((each): each is string => typeof each === 'string');

const isFor = (rule: RuleFor, claims: Claims, groups: ReadonlySet<string>): boolean => {
  if ('everyone' in rule) return true;
  if ('group' in rule) return groups.has(rule.group);
  const value = claimOf(claims, rule.claim);
  return textsOf(typeof value === 'boolean' || typeof value === 'number' ? String(value) : value).includes(rule.is);
};

/**
 * What an issuer's rules give somebody with these claims, for every organization that a rule names. Of several roles the highest
 * counts.
 */
export function wantedRoles({ roles, groupsClaim }: Issuer, claims: Claims): ReadonlyMap<string, WantedRoles> {
  const groups = new Set(textsOf(claimOf(claims, groupsClaim)));
  const wanted = new Map<string, WantedRoles>();
  for (const rule of roles) {
    const before = wanted.get(rule.organization) ?? { role: null, projects: [] };
    wanted.set(rule.organization, before);
    if (!isFor(rule.for, claims, groups)) continue;
    if (rule.role === 'PROJECT_ADMIN') {
      const projects = new Set([...before.projects, rule.project as string]);
      wanted.set(rule.organization, { ...before, projects: [...projects] });
    } else {
      const role = ranked.find((each) => each === rule.role || each === before.role) ?? null;
      wanted.set(rule.organization, { ...before, role });
    }
  }
  return wanted;
}

/** What a person is called: their name, else their address, else nothing. */
export function nameIn(claims: Claims): string | null {
  for (const claim of ['name', 'preferred_username', 'email']) {
    const [text] = textsOf(claims[claim]);
    const name = text
      ?.toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, 100)
      .trim();
    if (name) return name;
  }
  return null;
}
