import type { Role } from '../access/principal.ts';

/** Whom a rule is for: members of a group, those with a value of a claim, or everybody whom the issuer knows. */
export type RuleFor =
  | { readonly group: string }
  | { readonly claim: string; readonly is: string }
  | { readonly everyone: true };

/** A role that an issuer's people get. */
export interface RoleRule {
  readonly for: RuleFor;
  /** The organization's id or external id. */
  readonly organization: string;
  /** For PROJECT_ADMIN: the project's id or external id. */
  readonly project: string | null;
  readonly role: Role;
}

/** An identity provider by OpenID Connect. */
export interface Issuer {
  /** In addresses: `/session/callback/<name>`. */
  readonly name: string;
  /** On the button. */
  readonly label: string;
  /** As the `iss` of its tokens, which is where it is discovered. */
  readonly url: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  /** Null: `openid profile email`, and `offline_access` if the issuer has that. */
  readonly scopes: string | null;
  /** Further parameters of the address where people sign in. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The claim that lists a person's groups; a dot leads into an object. */
  readonly groupsClaim: string;
  readonly roles: readonly RoleRule[];
  /** Whether somebody becomes a member when they first sign in, by the rules for roles. */
  readonly createMembers: boolean;
  readonly clockToleranceSeconds: number;
}

/** What an issuer says of a person. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The id of a person. A person is who an issuer says they are: the same `sub` at another issuer is somebody else. Users of tokens have
 * had their bare `sub` for an id from the beginning; at their issuer, a person who signs in is the same one.
 *
 * @param jwtIssuer - the issuer of users' tokens; null for none, or any
 */
export const personOf = (issuer: string, sub: string, jwtIssuer: string | null): string =>
  issuer === jwtIssuer ? sub : `${issuer}#${sub}`;

/** Whether the `sub` of a token would be taken for the id of another issuer's person. */
export const looksLikePersonOf = (sub: string, issuers: readonly Issuer[]): boolean =>
  issuers.some(({ url }) => sub.startsWith(`${url}#`));
