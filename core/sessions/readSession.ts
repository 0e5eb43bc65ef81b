import { credentialOfKey, grantsOfUser, keyColumns } from '../access/granted.ts';
import type { Principal } from '../access/principal.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';

/** A session as it is stored, with who it is. */
export interface StoredSession {
  readonly id: string;
  /** Null where the key that opened it has ended. */
  readonly principal: Principal | null;
  /** When the key that opened it ends. Milliseconds since 1970, or infinity. */
  readonly keyEndsAt: number;
  /** Address blocks that the key may be used from; none: from everywhere. */
  readonly addresses: readonly string[];
  readonly digest: Uint8Array;
  readonly name: string | null;
  readonly issuer: string | null;
  readonly createdAt: Date;
  /** As this process knows it; it counts on while the row is cached. */
  lastUsedAt: number;
  readonly rotatedAt: number;
  readonly confirmedAt: number | null;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly checkedAt: number | null;
}

const columns = {
  id: true,
  digest: true,
  userId: true,
  name: true,
  issuer: true,
  createdAt: true,
  lastUsedAt: true,
  rotatedAt: true,
  confirmedAt: true,
  expiresAt: true,
  endedAt: true,
  endReason: true,
  checkedAt: true,
  apiKey: { select: keyColumns },
} as const;

/** @returns null if there is no such session */
export async function readSession(
  prisma: PrismaClient,
  where: Prisma.SessionWhereInput,
): Promise<StoredSession | null> {
  const row = await prisma.session.findFirst({ where, select: columns });
  if (!row) return null;
  const { apiKey, userId, lastUsedAt, rotatedAt, confirmedAt, checkedAt, ...rest } = row;
  const key = apiKey && credentialOfKey(apiKey);
  const whose = async (): Promise<Principal | null> => {
    if (userId !== null) {
      return { kind: 'USER', id: userId, grants: await grantsOfUser(prisma, userId), session: row.id };
    }
    if (apiKey?.organizationId === null) {
      return apiKey.revokedAt === null ? { kind: 'OPERATOR', id: 'operator', session: row.id } : null;
    }
    return key && { ...key.principal, session: row.id };
  };
  return {
    ...rest,
    principal: row.endedAt === null ? await whose() : null,
    keyEndsAt: key?.expiresAt ?? Number.POSITIVE_INFINITY,
    addresses: key?.addresses ?? [],
    lastUsedAt: lastUsedAt.getTime(),
    rotatedAt: rotatedAt.getTime(),
    confirmedAt: confirmedAt?.getTime() ?? null,
    checkedAt: checkedAt?.getTime() ?? null,
  };
}
