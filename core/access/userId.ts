/**
 * Whether a text can be the `sub` by which a user is known: what no store would keep as it is (U+0000, half a surrogate pair),
 * and what a log would act on, names nobody.
 */
export const isUserId = (sub: unknown): sub is string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  typeof sub === 'string' && /^[^\u0000-\u001f\u007f]{1,255}$/.test(sub) && sub.isWellFormed();
