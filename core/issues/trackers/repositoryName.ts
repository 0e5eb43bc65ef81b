/**
 * Whether a text is GitHub's `<owner>/<repository>`, each a plain segment of a path. `.` and `..` are refused: they would lead to
 * another path.
 */
export const isRepository = (name: string): boolean =>
  name.length <= 200 && /^[\w.-]+\/[\w.-]+$/.test(name) && !name.split('/').some((piece) => /^\.\.?$/.test(piece));
