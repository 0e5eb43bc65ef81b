/**
 * Whether a text is GitHub's `<owner>/<repository>`, each of them a whole piece of a path: `.` and `..`, which would lead to
 * another place, name nothing.
 */
export const isRepository = (name: string): boolean =>
  name.length <= 200 && /^[\w.-]+\/[\w.-]+$/.test(name) && !name.split('/').some((piece) => /^\.\.?$/.test(piece));
