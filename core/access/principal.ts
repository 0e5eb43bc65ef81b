import type { Permission, Role } from '../store/prisma/enums.ts';

export type { Permission, Role };

/** Where a request came from, as far as known. For the audit log. */
export interface Origin {
  readonly address: string | null;
  readonly userAgent: string | null;
  /** The id of the request, which its answer carries too. */
  readonly requestId?: string;
}

/** Permissions in one organization or, where a project is named, in that project alone. */
export interface Grant {
  readonly organizationId: string;
  readonly projectId: string | null;
  /** The role that gives the permissions; null if they were granted one by one. */
  readonly role: Role | null;
  readonly permissions: ReadonlySet<Permission>;
}

interface Acting {
  /** Unique among the principals of its kind. */
  readonly id: string;
  readonly origin?: Origin;
  /** The id of the session by which it came; absent for a credential of its own. */
  readonly session?: string;
}

/** The operator of the installation creates organizations, and may do everything in each. */
export interface Operator extends Acting {
  readonly kind: 'OPERATOR';
}

/** A principal whose permissions are exactly its grants. */
export interface Granted extends Acting {
  /** A service by its API key, a person by a token of the identity provider, a customer by a portal link. */
  readonly kind: 'API_KEY' | 'USER' | 'PORTAL';
  /** A key or a portal link has one. A user has one for each organization, and one for each project that they administer. */
  readonly grants: readonly Grant[];
}

/** The identity behind a request. */
export type Principal = Operator | Granted;
