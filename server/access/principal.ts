import type { Permission, Role } from '../store/prisma/enums.ts';

export type { Permission, Role };

/** The operator of the installation: makes organizations, and may do everything in each. */
export interface Operator {
  readonly kind: 'OPERATOR';
  readonly id: string;
}

/** A service that acts for one organization, or for one project of it. */
export interface ApiKeyPrincipal {
  readonly kind: 'API_KEY';
  readonly id: string;
  readonly organizationId: string;
  /** When set, the principal sees and touches this project alone. */
  readonly projectId: string | null;
  readonly role: Role | null;
  readonly permissions: ReadonlySet<Permission>;
}

/** Who a request acts as. */
export type Principal = Operator | ApiKeyPrincipal;
