import { SignJWT } from 'jose';

/** Shared with the identity provider. */
export const jwtSecret = 'a secret shared with the identity provider';

/** A user's token. @param expiresAt - seconds since 1970, or from now as `7 sec`; by default in an hour */
export const tokenOf = (userId: string, expiresAt: number | string = '1h'): Promise<string> =>
  new SignJWT()
    .setSubject(userId)
    .setExpirationTime(expiresAt)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(jwtSecret));
