// Archives whose bytes depend on their files alone.

/** Options of tar: files by name, with one time, and nobody's. @param {string | number} seconds since 1970 */
export const fixed = (seconds) => [
  '--sort=name',
  `--mtime=@${seconds}`,
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--mode=u=rwX,go=rX',
];
