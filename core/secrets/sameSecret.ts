import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether two secrets are the same. It takes the same time wherever they differ; digests make their lengths equal, too. */
export const sameSecret = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
