/**
 * Whether a text is a valid user id, which is the `sub` of a token: it contains nothing that a database cannot store unchanged
 * (U+0000, half a surrogate pair), and no control characters, which could falsify logs.
 */
export const isUserId = (sub: unknown): sub is string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern refuses control characters
  typeof sub === 'string' && /^[^\u0000-\u001f\u007f]{1,255}$/.test(sub) && sub.isWellFormed();
