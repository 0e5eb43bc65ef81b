import type { Permission, Role } from '../store/prisma/enums.ts';

export type { Permission, Role };

/** Where a request came from, as far as it is known. For the audit log. */
export interface Origin {
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** Permissions in one organization or, where a project is named, in that project alone. */
export interface Grant {
  readonly organizationId: string;
  readonly projectId: string | null;
  /** Where the permissions come from; null for permissions that were given one by one. */
  readonly role: Role | null;
  readonly permissions: ReadonlySet<Permission>;
}

interface Acting {
  /** Unique among the principals of its kind. */
  readonly id: string;
  readonly origin?: Origin;
}

/** The operator of the installation: makes organizations, and may do everything in each. */
export interface Operator extends Acting {
  readonly kind: 'OPERATOR';
}

/** Who may do what was granted, and nothing else. */
export interface Granted extends Acting {
  /** A service by its API key, a person by a token of the identity provider, a customer by a portal link. */
  readonly kind: 'API_KEY' | 'USER' | 'PORTAL';
  /** One for a key or a portal link; for a user one for each organization, and for each project administered. */
  readonly grants: readonly Grant[];
}

/** Who a request acts as. */
export type Principal = Operator | Granted;
