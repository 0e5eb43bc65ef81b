/** A text for a pattern of LIKE, in which it stands for itself alone. Prisma's `contains` and its like take it, too: they escape nothing. */
export const likeLiteral = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
